-- Begins a run, or begins it again. $1 run.
update runs set state = 'matching', attempts = attempts + 1, started_at = clock_timestamp(), done_policies = 0, done_lines = 0
where id = $1 and state in ('ordered', 'matching')
returning register_id, insurer_id, period_from, period_to, currency, attempts, frozen_at is not null
