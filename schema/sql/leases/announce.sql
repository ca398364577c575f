-- Says that an instance takes part in a pool. $1 pool, $2 owner.
insert into lease_members (pool, owner, seen_at) values ($1, $2, clock_timestamp())
on conflict (pool, owner) do update set seen_at = excluded.seen_at
