-- A timer is to be looked at again. $1 timer, $2 seconds from now, $3 why.
update timers set due_at = clock_timestamp() + make_interval(secs => $2), tries = tries + 1, last_error = $3 where id = $1
