-- Makes the daily partitions of every partitioned table ahead of time. $1 days.
select ensure_daily_partitions(parent::regclass, $1, storage, keep_days, needed_while) from partitioned_tables
