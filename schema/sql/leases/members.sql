-- How many instances take part in a pool. $1 pool, $2 seconds since which one counts as gone.
select count(*) from lease_members where pool = $1 and seen_at > clock_timestamp() - make_interval(secs => $2)
