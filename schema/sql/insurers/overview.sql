-- One line per insurer that was ever to be polled or given orders. $1 insurer, or null for all.
select key.insurer_id, i.last_poll_at, i.last_good_poll_at, i.last_outcome, i.last_error,
    coalesce(o.paused, false) as paused, extract(epoch from o.every)::float8 as every, o.changed_by,
    h.reason as held, h.approved_by,
    (select count(*) from products p where p.insurer_id = key.insurer_id and not p.withdrawn) as products,
    (select l.owner from leases l where l.resource = 'poller/' || key.insurer_id and l.expires_at > clock_timestamp())
        as polled_by
from insurers i full join insurer_orders o using (insurer_id) as key
left join held_catalogues h on h.insurer_id = key.insurer_id
where $1::text is null or key.insurer_id = $1
order by 1
