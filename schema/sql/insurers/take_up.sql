-- What is remembered of an insurer, for whoever polls it from now on. One that nobody knew is known from now on; one that
-- was to rest is known since it goes on.
-- $1 insurer.
insert into insurers as i (insurer_id) values ($1)
on conflict (insurer_id) do update set insurer_id = excluded.insurer_id
returning greatest(known_since, (select resumed_at from insurer_orders o where o.insurer_id = $1)) as known_since,
    last_poll_at, last_good_poll_at, failures, not_before,
    (select count(*) from products p where p.insurer_id = $1 and not p.withdrawn)
