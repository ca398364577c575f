-- Holds the lease as it is until the transaction ends: no row means that another owner has taken over.
-- $1 resource, $2 epoch.
select from leases where resource = $1 and epoch = $2 for share
