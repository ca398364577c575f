-- Holds the ownership and the decisions as they are until the transaction ends. $1 consumer, $2 topic, $3 partition.
select epoch, decisions from consumer_offsets where consumer = $1 and topic = $2 and partition = $3 for share
