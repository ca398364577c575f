-- Writes repetitions of current states in the caller's open transaction. $1 who wants them, $2 topic, $3 type,
-- $4 headers, $7 insurer, the others one array for each column.
insert into product_events
    (id, topic, key, type, payload, headers, insurer_id, product_id, revision, kind, changed_fields, ordered_by)
select e.id, $2, $7 || '/' || e.product_id, $3, e.payload, $4::json, $7, e.product_id, e.revision, 'snapshot', '{}', $1
from unnest($5::uuid[], $6::bytea[], $8::text[], $9::bigint[]) as e (id, payload, product_id, revision)
