-- Runs that ended so long ago, and of whose period nobody works on a break any more. $1 seconds.
select r.id from runs r
where r.state in ('done', 'failed') and r.input_dropped_at is null and r.finished_at < now() - make_interval(secs => $1)
    and not exists (select from breaks b where b.insurer_id = r.insurer_id and b.period_from = r.period_from
        and b.period_to = r.period_to and b.state in ('open', 'disputed'))
order by r.id limit 10
