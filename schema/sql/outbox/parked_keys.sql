-- Keys that wait for a person. $1 outbox.
select key, seq, reason from outbox_parked_keys where outbox = $1
