-- Puts the last event of a product at the end of the outbox again, under its own id: whoever had it drops it. An older one
-- is not: in a compacted topic it would stand in the place of the last. $1 sequence, $2 who.
insert into product_events
    (id, topic, key, type, payload, headers, insurer_id, product_id, revision, kind, changed_fields, repeats, ordered_by)
select e.id, e.topic, e.key, e.type, e.payload, json_build_object('source', e.headers ->> 'source'), e.insurer_id,
    e.product_id, e.revision, e.kind, e.changed_fields, coalesce(e.repeats, e.seq), $2
from product_events e join products p using (insurer_id, product_id)
where e.seq = $1 and p.revision = e.revision
returning seq
