-- Gives a lease back, so that the next owner need not wait for it to expire. $1 resource, $2 owner, $3 epoch.
update leases set expires_at = '-infinity'
where resource = $1 and owner = $2 and epoch = $3
