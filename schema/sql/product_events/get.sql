-- One event, whole. $1 sequence.
select seq, id, created_at, sent, insurer_id, product_id, revision, kind, changed_fields,
    headers ->> 'traceparent', repeats, ordered_by, octet_length(payload), topic, key, payload
from product_events where seq = $1
