-- Puts what was built in place of what differs.
insert into policies
select r.* from rebuilt_policies r left join policies u on u.policy_number = r.policy_number
where u.* is distinct from r.*
on conflict (policy_number) do update
    set (application_id, status, starts_on, ends_on, issued_at, cancelled_from)
    = (excluded.application_id, excluded.status, excluded.starts_on, excluded.ends_on, excluded.issued_at,
        excluded.cancelled_from)
