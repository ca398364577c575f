-- Drops partitions that are older than they have to be kept.
select drop_expired_partitions()
