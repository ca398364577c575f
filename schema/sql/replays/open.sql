-- Orders that have not come to an end in this partition, and the part of the rate that is its own. $1 consumer, $2 topic, $3 partition.
select r.id, r.kind, r.ordered_by, r.why,
    r.per_second::float8 / greatest(1, (select count(*) from replay_partitions o where o.replay_id = r.id and o.finished_at is null)),
    r.from_offset, r.from_time, r.to_offset, r.to_time, p.next_offset, p.to_offset, r.force
from replay_partitions p join replays r on r.id = p.replay_id
where r.consumer = $1 and p.topic = $2 and p.partition = $3 and p.finished_at is null
order by r.id
