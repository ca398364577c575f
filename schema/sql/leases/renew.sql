-- Prolongs the leases that are still the owner's; says of each whether it was prolonged and whether it is still the
-- owner's. A row that is locked is left for the next time, so that one lease never delays the others.
-- $1 owner, $2 resources, $3 epochs, $4 seconds.
with wanted as (
    select * from unnest($2::text[], $3::bigint[]) with ordinality as w (resource, epoch, place)
), free as materialized (
    select l.resource from leases l join wanted w using (resource)
    where l.owner = $1 and l.epoch = w.epoch and l.expires_at > '-infinity' for update of l skip locked
), renewed as (
    update leases l set expires_at = clock_timestamp() + make_interval(secs => $4)
    from free where l.resource = free.resource returning l.resource
)
select renewed.resource is not null, coalesce(l.owner = $1 and l.epoch = w.epoch, false)
from wanted w left join renewed using (resource) left join leases l using (resource)
order by w.place
