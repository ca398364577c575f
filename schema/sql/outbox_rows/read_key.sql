-- Unsent rows of a key that was parked, from its parked row on. $1 key, $2 first sequence.
select seq, false as done, id, topic, key, type, payload, headers, created_at
from outbox where key = $1 and seq >= $2 and sent is null order by seq
