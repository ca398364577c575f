-- The instances that take part in a pool, in a fixed order. $1 pool, $2 seconds since which one counts as gone.
select owner from lease_members
where pool = $1 and seen_at > clock_timestamp() - make_interval(secs => $2)
order by owner
