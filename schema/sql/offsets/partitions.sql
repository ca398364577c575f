-- Which partitions of which topics are consumed by whom. $1 consumer, $2 topic; each may be absent.
select consumer, topic, partition, next_offset from consumer_offsets
where ($1::text is null or consumer = $1) and ($2::text is null or topic = $2)
order by consumer, topic, partition
