-- Remembers a poll that confirmed the catalogue and lets go what was held, if the lease is still ours; otherwise changes
-- no row. Answers how many products are on offer. $1 insurer, $2 outcome, $3 configuration, $4 lease, $5 epoch.
with ours as materialized (
    select 1 from leases where resource = $4 and epoch = $5 for share
), released as (
    delete from held_catalogues where insurer_id = $1 and exists (select from ours)
)
insert into insurers as i (insurer_id, configured_as, last_poll_at, last_good_poll_at, last_outcome)
select $1, $3, now(), now(), $2 from ours
on conflict (insurer_id) do update
    set last_poll_at = now(), last_good_poll_at = now(), last_outcome = excluded.last_outcome, last_error = null
returning (select count(*) from products p where p.insurer_id = i.insurer_id and not p.withdrawn)
