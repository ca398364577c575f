-- Whether a later run of the same insurer and period has ended: what it has found is newer. $1 run.
select exists (
    select from runs later
    join runs r on r.insurer_id = later.insurer_id and r.period_from = later.period_from and r.period_to = later.period_to
    where r.id = $1 and later.id > $1 and later.state = 'done')
