-- Moves a timer. $1 timer, $2 when.
update timers set due_at = $2, since = $2 where id = $1
