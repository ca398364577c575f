-- Writes events in the caller's open transaction.
insert into product_events
    (id, topic, key, type, payload, headers, insurer_id, product_id, revision, kind, changed_fields)
select e.id, e.topic, e.key, e.type, e.payload, e.headers, e.insurer_id, e.product_id, e.revision, e.kind,
    string_to_array(e.changed_fields, E'\x1f')
from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::bytea[], $6::json[], $7::text[], $8::text[],
    $9::bigint[], $10::text[], $11::text[])
    as e (id, topic, key, type, payload, headers, insurer_id, product_id, revision, kind, changed_fields)
