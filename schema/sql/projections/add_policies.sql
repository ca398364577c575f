-- States of policies that were made from the events again. One array for each column.
insert into rebuilt_policies (policy_number, application_id, status, starts_on, ends_on, issued_at, cancelled_from)
select * from unnest($1::text[], $2::uuid[], $3::text[], $4::date[], $5::date[], $6::timestamptz[], $7::date[])
