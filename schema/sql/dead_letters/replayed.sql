-- Records that have had their effects. $1 consumer, $2 topic, $3 partition, $4 offsets, $5 by whose order, $6 why.
update dead_letters
set state = 'replayed', due_at = null, decided_at = clock_timestamp(), decided_by = $5, why = $6
where consumer = $1 and topic = $2 and partition = $3 and record_offset = any ($4)
