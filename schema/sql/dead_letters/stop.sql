-- What comes behind records that failed again shares what becomes of them. Answers of each whether it was of this order.
-- $1 consumer, $2 topic, $3 partition, $4 offsets of the failed ones, $5 order, if there is one.
with head as (
    select d.key, d.record_offset, d.state, d.due_at, d.waits_until from dead_letters d
    where d.consumer = $1 and d.topic = $2 and d.partition = $3 and d.record_offset = any ($4)
), later as (
    select d.id, d.replay_id, d.state as was, h.state, h.due_at, h.waits_until
    from dead_letters d join head h on h.key = d.key and h.record_offset < d.record_offset
    where d.consumer = $1 and d.topic = $2 and d.partition = $3 and d.state in ('waiting', 'replaying')
)
update dead_letters d set state = l.state, due_at = l.due_at, waits_until = l.waits_until
from later l where d.id = l.id
returning coalesce(l.was = 'replaying' and l.replay_id = $5::bigint, false)
