-- Seconds since the oldest timer should have been done. A payment that is only looked at is not late, the payer is; unless it
-- cannot be looked at. $1 kinds.
select extract(epoch from clock_timestamp() - min(since))::float8 from timers
where kind = any($1) and since < clock_timestamp() and (kind <> 'poll' or last_error is not null)
