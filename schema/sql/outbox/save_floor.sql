-- Remembers where to begin, if the lease is still ours. $1 outbox, $2 floor, $3 lease, $4 epoch.
insert into outbox_floors as f (outbox, floor_seq)
select $1, $2 where exists (select from leases where resource = $3 and epoch = $4)
on conflict (outbox) do update set floor_seq = excluded.floor_seq, updated_at = now()
    where f.floor_seq < excluded.floor_seq
