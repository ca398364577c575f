-- The newest checkpoint.
select number, made_at, hash from audit_checkpoints order by number desc limit 1
