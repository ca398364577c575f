-- Moves on, in the transaction of the effects. No row means that another owner has taken over, or that somebody has decided on dead
-- letters since. $1 consumer, $2 topic, $3 partition, $4 epoch, $5 next offset, $6 decisions that are known.
update consumer_offsets set next_offset = $5, updated_at = clock_timestamp()
where consumer = $1 and topic = $2 and partition = $3 and epoch = $4 and decisions = $6
