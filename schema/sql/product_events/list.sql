-- Events as people want to see them, newest first. $1 insurer or null, $2 product or null, $3 kind or null, $4 only what
-- is not sent, $5 below this sequence, $6 how many.
select seq, id, created_at, sent, insurer_id, product_id, revision, kind, changed_fields,
    headers ->> 'traceparent', repeats, ordered_by, octet_length(payload)
from product_events
where seq < $5 and ($1::text is null or insurer_id = $1) and ($2::text is null or product_id = $2)
    and ($3::text is null or kind = $3) and (not $4 or sent is null)
order by seq desc limit $6
