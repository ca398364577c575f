-- What an order of a range means in a partition. An empty range is done. $1 order, $2 topic, $3 partition, $4 first offset, $5 offset
-- behind the last.
update replay_partitions
set from_offset = $4, next_offset = $4, to_offset = $5, finished_at = case when $4::bigint >= $5::bigint then clock_timestamp() end
where replay_id = $1 and topic = $2 and partition = $3 and finished_at is null
