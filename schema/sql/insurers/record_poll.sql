-- Remembers how a poll went. $1 insurer, $2 outcome, $3 error or null, $4 entity tags or null to keep them.
insert into insurers as i (insurer_id, etags, last_poll_at, last_good_poll_at, last_outcome, last_error)
values ($1, coalesce($4, '{}'::jsonb), now(), case when $3::text is null then now() end, $2, $3)
on conflict (insurer_id) do update
    set etags = coalesce($4, i.etags), last_poll_at = now(), last_outcome = $2, last_error = $3,
        last_good_poll_at = case when $3::text is null then now() else i.last_good_poll_at end
