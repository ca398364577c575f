-- Prolongs a lease that is still the owner's. $1 resource, $2 owner, $3 epoch, $4 seconds.
update leases set expires_at = clock_timestamp() + make_interval(secs => $4)
where resource = $1 and owner = $2 and epoch = $3
