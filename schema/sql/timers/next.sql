-- Seconds until the next timer is due. $1 kinds.
select extract(epoch from min(due_at) - clock_timestamp())::float8 from timers where kind = any($1)
