-- What keeps the period of a run from being closed: state, open breaks, waiting runs, a later finished run, a closed period.
-- $1 run.
select r.state,
    (select count(*) from breaks b where b.insurer_id = r.insurer_id and b.state = 'open'
        and b.period_from = r.period_from and b.period_to = r.period_to),
    (select count(*) from runs w where w.insurer_id = r.insurer_id and w.period_from <= r.period_to
        and r.period_from <= w.period_to and w.state in ('ordered', 'matching')),
    (select max(w.id) from runs w where w.insurer_id = r.insurer_id and w.period_from = r.period_from
        and w.period_to = r.period_to and w.state = 'done' and w.id > r.id),
    (select c.run_id from closed_periods c where c.insurer_id = r.insurer_id and c.reopened_at is null
        and c.period_from <= r.period_to and r.period_from <= c.period_to limit 1)
from runs r where r.id = $1
