-- Moves on within a range, in the transaction of the effects. No row means that the order is cancelled. $1 order, $2 topic, $3 partition,
-- $4 next offset, $5 applied, $6 failed, $7 left out, $8 the first failure.
update replay_partitions
set next_offset = $4, applied = applied + $5, failed = failed + $6, left_out = left_out + $7,
    first_failure = coalesce(first_failure, $8), finished_at = case when $4 >= to_offset then clock_timestamp() end
where replay_id = $1 and topic = $2 and partition = $3 and finished_at is null
