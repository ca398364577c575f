-- A checkpoint and its heads. $1 number, $2 time, $3 streams, $4 hash, $5 public key, $6 signature, then one array for each
-- column of the heads.
with made as (
    insert into audit_checkpoints (number, made_at, streams, hash, public_key, signature) values ($1, $2, $3, $4, $5, $6)
    returning number
)
insert into audit_heads (number, application_id, version, hash)
select made.number, h.application_id, h.version, h.hash
from made, unnest($7::uuid[], $8::bigint[], $9::bytea[]) as h (application_id, version, hash)
