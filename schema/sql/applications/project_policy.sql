-- Puts the state of a policy into its table. $1 number, $2 application, $3 status, $4 first and $5 last day, $6 time of the
-- event, $7 first day without cover or null.
insert into policies (policy_number, application_id, status, starts_on, ends_on, issued_at, cancelled_from)
values ($1, $2, $3, $4, $5, $6, $7)
on conflict (policy_number) do update set status = excluded.status, cancelled_from = excluded.cancelled_from
