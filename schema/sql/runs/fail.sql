-- Ends a run without a result. $1 run, $2 why.
update runs set state = 'failed', finished_at = clock_timestamp(), error = $2 where id = $1 and state in ('ordered', 'matching')
