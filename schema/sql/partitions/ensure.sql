-- Makes the daily partitions of every partitioned table ahead of time. $1 days.
select ensure_daily_partitions(parent::regclass, $1, storage) from partitioned_tables
