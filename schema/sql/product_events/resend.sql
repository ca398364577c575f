-- Puts an event at the end of the outbox again, under its own id: whoever had it drops it. $1 sequence, $2 who.
insert into product_events
    (id, topic, key, type, payload, headers, insurer_id, product_id, revision, kind, changed_fields, repeats, ordered_by)
select id, topic, key, type, payload, json_build_object('source', headers ->> 'source'), insurer_id, product_id, revision,
    kind, changed_fields, coalesce(repeats, seq), $2
from product_events where seq = $1
returning seq
