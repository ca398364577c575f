-- Seconds until the next timer is due.
select extract(epoch from min(due_at) - clock_timestamp())::float8 from timers
