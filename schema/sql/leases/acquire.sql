-- Takes a lease that is free, expired, or the owner's from an earlier life. $1 resource, $2 owner, $3 seconds.
insert into leases as l (resource, owner, epoch, expires_at)
values ($1, $2, 1, clock_timestamp() + make_interval(secs => $3))
on conflict (resource) do update
    set owner = excluded.owner, epoch = l.epoch + 1, expires_at = excluded.expires_at
    where l.expires_at < clock_timestamp() or l.owner = excluded.owner
returning epoch
