-- Closes the period of a finished run, unless something of it is still open. $1 run, $2 who, $3 why.
insert into closed_periods (insurer_id, period_from, period_to, run_id, closed_by, why)
select r.insurer_id, r.period_from, r.period_to, r.id, $2, $3 from runs r
where r.id = $1 and r.state = 'done'
    and not exists (select from closed_periods c where c.insurer_id = r.insurer_id and c.reopened_at is null
        and c.period_from <= r.period_to and r.period_from <= c.period_to)
    and not exists (select from breaks b where b.insurer_id = r.insurer_id and b.state = 'open'
        and b.period_from = r.period_from and b.period_to = r.period_to)
    and not exists (select from runs w where w.insurer_id = r.insurer_id and w.period_from <= r.period_to
        and r.period_from <= w.period_to and (w.state in ('ordered', 'matching') or w.id > r.id and w.state = 'done'
            and w.period_from = r.period_from and w.period_to = r.period_to))
