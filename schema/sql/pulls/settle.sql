-- Ends the wait for the register of these days, however it came. $1 insurer, $2 first day, $3 last day, $4 the register,
-- $5 when the pull was due by which it came, or null.
update pulls set done_at = now(), register_id = $4, last_error = null
where insurer_id = $1 and period_from = $2 and period_to = $3 and done_at is null and (due <= now() or due = $5::timestamptz)
