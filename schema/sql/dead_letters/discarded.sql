-- Which of these records never have their effects, also when the letter is forgotten. $1 consumer, $2 topic, $3 partition, $4 offsets.
select record_offset from dead_letters
where consumer = $1 and topic = $2 and partition = $3 and record_offset = any ($4) and state = 'discarded'
union
select record_offset from discarded_records
where consumer = $1 and topic = $2 and partition = $3 and record_offset = any ($4)
