-- How far an order is in each partition. $1 number.
select topic, partition, from_offset, to_offset, next_offset, applied, failed, left_out, first_failure, finished_at
from replay_partitions where replay_id = $1 order by topic, partition
