-- What a timer was set for has been done. $1 timer.
delete from timers where id = $1
