-- Gives leases back, so that the next owner need not wait for them to expire. $1 resources, $2 owner, $3 their epochs.
update leases l set expires_at = '-infinity'
from unnest($1::text[], $3::bigint[]) as given (resource, epoch)
where l.resource = given.resource and l.owner = $2 and l.epoch = given.epoch
