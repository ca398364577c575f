-- Whether a lease is still held under that epoch. $1 resource, $2 epoch.
select from leases where resource = $1 and epoch = $2
