-- Says that something is decided on dead letters of a consumer, and holds its partitions until the transaction ends. $1 consumer.
with held as (
    select topic, partition from consumer_offsets where consumer = $1 order by topic, partition for update
)
update consumer_offsets o set decisions = o.decisions + 1
from held h where o.consumer = $1 and o.topic = h.topic and o.partition = h.partition
