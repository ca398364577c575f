-- Seconds since the oldest run that has not ended was ordered; nothing waits: 0.
select coalesce(extract(epoch from clock_timestamp() - min(ordered_at)), 0)::float8 from runs where state in ('ordered', 'matching')
