-- Wakes the owners of partitions. A hint: they look by themselves too.
select pg_notify('replays', '')
