-- Keys of a partition that have parked records. $1 consumer, $2 topic, $3 partition.
select distinct key from dead_letters
where consumer = $1 and topic = $2 and partition = $3 and state = 'parked'
