-- The next rows of the outbox in order. Sent ones come without their payload: they only close the sequence.
-- $1 last sequence read, $2 most rows.
select seq, sent is not null as done, id, topic, key, type,
    case when sent is null then payload end as payload,
    case when sent is null then headers end as headers,
    created_at
from outbox where seq > $1 order by seq limit $2
