-- An order of letters is done in a partition that has none of it left. $1 order, $2 topic, $3 partition.
update replay_partitions p set finished_at = clock_timestamp()
where p.replay_id = $1 and p.topic = $2 and p.partition = $3 and p.finished_at is null
    and not exists (
        select from dead_letters d where d.state = 'replaying' and d.replay_id = $1 and d.topic = $2 and d.partition = $3)
