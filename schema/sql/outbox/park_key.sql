-- Stops a key at a row that the broker refuses for good. $1 outbox, $2 key, $3 sequence, $4 reason.
insert into outbox_parked_keys (outbox, key, seq, reason) values ($1, $2, $3, $4)
on conflict (outbox, key) do nothing
