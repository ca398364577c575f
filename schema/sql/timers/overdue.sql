-- Seconds since the oldest timer should have been done. A payment that is only looked at is not late: the payer is.
select extract(epoch from clock_timestamp() - min(since))::float8 from timers where kind <> 'poll' and since < clock_timestamp()
