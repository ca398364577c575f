-- Counts letters of an order, in the transaction of the effects. $1 order, $2 topic, $3 partition, $4 applied, $5 failed, $6 left where
-- they are, $7 the first failure.
update replay_partitions
set applied = applied + $4, failed = failed + $5, left_out = left_out + $6, first_failure = coalesce(first_failure, $7)
where replay_id = $1 and topic = $2 and partition = $3
