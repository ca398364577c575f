-- How pulling stands with each insurer: the oldest pull that is waited for, otherwise the last one. $1 now.
select distinct on (insurer_id) insurer_id, due, period_from, period_to, attempts, last_error, done_at, register_id
from pulls where due <= $1
order by insurer_id, done_at is not null, case when done_at is null then due end, due desc
