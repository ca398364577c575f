-- Remembers how a poll went. $1 insurer, $2 outcome, $3 error or null, $4 validators or null to keep them,
-- $5 configuration they belong to, $6 failures in a row, $7 until when it is to be left alone or null.
insert into insurers as i
    (insurer_id, validators, configured_as, last_poll_at, last_good_poll_at, last_outcome, last_error, failures, not_before)
values ($1, coalesce($4, '{}'::jsonb), $5, now(), case when $3::text is null then now() end, $2, $3, $6, $7)
on conflict (insurer_id) do update
    set validators = coalesce($4, case when i.configured_as = $5 then i.validators else '{}' end),
        configured_as = $5, last_poll_at = now(), last_outcome = $2, last_error = $3, failures = $6, not_before = $7,
        last_good_poll_at = case when $3::text is null then now() else i.last_good_poll_at end
