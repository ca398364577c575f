-- Cancels one timer. $1 application, $2 kind, $3 reference.
delete from timers where application_id = $1 and kind = $2 and reference = $3
