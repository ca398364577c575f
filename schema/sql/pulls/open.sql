-- Pulls that are not done, by insurer and time.
select insurer_id, due, period_from, period_to, attempts, next_attempt_at, last_error
from pulls where done_at is null order by insurer_id, due
