-- How many changed policies are still to be held against open breaks, and for how many seconds the oldest has been.
select count(*)::float8, coalesce(extract(epoch from clock_timestamp() - min(noted_at)), 0)::float8 from break_checks
