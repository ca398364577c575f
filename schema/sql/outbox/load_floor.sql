-- Where to begin to look. $1 outbox.
select floor_seq from outbox_floors where outbox = $1
