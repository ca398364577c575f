-- Moves on, in the transaction of the effects. No row means that another owner has taken over.
-- $1 consumer, $2 topic, $3 partition, $4 epoch, $5 next offset.
update consumer_offsets set next_offset = $5, updated_at = clock_timestamp()
where consumer = $1 and topic = $2 and partition = $3 and epoch = $4
