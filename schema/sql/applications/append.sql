-- Appends events to a stream, and says that it has grown. A version that is taken is an error: somebody else decided upon the
-- same state. $1 application, $2 time, $3 who, $4 why, $5 trace, then one array for each column.
with grown as (insert into audit_pending (application_id) values ($1))
insert into application_events (application_id, version, type, payload, occurred_at, actor, why, trace_id, hash)
select $1, e.version, e.type, e.payload, $2, $3, $4, $5, e.hash
from unnest($6::bigint[], $7::text[], $8::bytea[], $9::bytea[]) as e (version, type, payload, hash)
