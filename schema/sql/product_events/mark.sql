-- Marks rows that the broker has acknowledged, if the lease is still ours. $1 sequences, $2 lease, $3 epoch.
update product_events set sent = clock_timestamp()
where seq = any($1) and sent is null and exists (select from leases where resource = $2 and epoch = $3)
