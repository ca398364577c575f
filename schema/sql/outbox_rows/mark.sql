-- Marks rows that the broker has acknowledged, if the lease is still ours. The times name the partitions to look in.
-- $1 sequences, $2 lease, $3 epoch, $4 earliest and $5 latest creation time.
update outbox set sent = clock_timestamp()
where seq = any($1) and created_at between $4 and $5 and sent is null
    and exists (select from leases where resource = $2 and epoch = $3)
