-- Keys of a partition that have records which are not decided on, and whether they need nobody: all of them are tried again by
-- themselves. $1 consumer, $2 topic, $3 partition.
select key, bool_and(state = 'waiting') from dead_letters
where consumer = $1 and topic = $2 and partition = $3 and state in ('waiting', 'parked', 'replaying')
group by key
