-- The partitions that an order of a range is about. $1 order, $2 topic, $3 partitions.
insert into replay_partitions (replay_id, topic, partition) select $1::bigint, $2::text, unnest($3::int[])
