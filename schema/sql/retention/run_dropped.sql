-- Notes that a run has lost its input. $1 run.
update runs set input_dropped_at = clock_timestamp() where id = $1
