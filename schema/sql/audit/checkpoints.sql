-- All checkpoints, in order.
select number, made_at, streams, hash, public_key, signature from audit_checkpoints order by number
