-- What there is to do beside consuming: epoch, decisions, next offset, in how many seconds the next record that waits is due, whether
-- an order is open. $1 consumer, $2 topic, $3 partition.
select o.epoch, o.decisions, o.next_offset,
    (select extract(epoch from min(d.due_at) - clock_timestamp())::float8 from dead_letters d
        where d.consumer = $1 and d.topic = $2 and d.partition = $3 and d.state = 'waiting'),
    exists (select from replay_partitions p join replays r on r.id = p.replay_id
        where r.consumer = $1 and p.topic = $2 and p.partition = $3 and p.finished_at is null)
from consumer_offsets o where o.consumer = $1 and o.topic = $2 and o.partition = $3
