-- Notes that a register has lost its lines. $1 register.
update registers set lines_dropped_at = clock_timestamp() where id = $1
