-- Changes the orders for an insurer. $1 insurer, $2 paused or null to keep it, $3 whether to set the period,
-- $4 period in seconds or null for that of the schedule, $5 whether to poll at once, $6 who.
insert into insurer_orders as o (insurer_id, paused, every, poll_now_at, changed_by)
values ($1, coalesce($2, false), make_interval(secs => $4), case when $5 then clock_timestamp() end, $6)
on conflict (insurer_id) do update
    set resumed_at = case when o.paused and not coalesce($2, o.paused) then now() else o.resumed_at end,
        paused = coalesce($2, o.paused), every = case when $3 then excluded.every else o.every end,
        poll_now_at = case when $5 then clock_timestamp() else o.poll_now_at end,
        changed_at = now(), changed_by = $6
