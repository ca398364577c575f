-- Checkpoints, in order. $1 number of the last one seen, $2 how many.
select number, made_at, streams, hash, public_key, signature from audit_checkpoints
where number > $1 order by number limit $2
