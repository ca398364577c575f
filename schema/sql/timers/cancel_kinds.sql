-- Cancels timers of an application. $1 application, $2 kinds.
delete from timers where application_id = $1 and kind = any($2)
