-- What a run depends on. $1 run.
select register_id, insurer_id, period_from, period_to, currency, today, rules, policies, result_sha256, state
from runs where id = $1 and frozen_at is not null
    and input_dropped_at is null
