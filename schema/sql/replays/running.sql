-- Orders that have not come to an end, by topic: how many, and how many records they have passed, which grows as long as they move.
select r.consumer, p.topic, count(distinct r.id)::float8,
    coalesce(sum(p.applied + p.failed + p.left_out + coalesce(p.next_offset - p.from_offset, 0)), 0)::float8
from replay_partitions p join replays r on r.id = p.replay_id
where r.cancelled_at is null
    and p.replay_id in (select o.replay_id from replay_partitions o where o.finished_at is null)
group by r.consumer, p.topic
