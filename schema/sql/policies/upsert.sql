-- Applies policies of events, newest state per policy. A revision that is not newer changes nothing but the time of issue, which
-- only the first event has. One array for each column.
insert into policies as p
    (policy_number, application_id, revision, insurer_id, product_id, product_revision, tariff_id, tariff_version, line, currency,
    premium, starts_on, ends_on, issued_at, cancelled_from, refund, changed_at, key)
select * from unnest($1::text[], $2::uuid[], $3::bigint[], $4::text[], $5::text[], $6::bigint[], $7::text[], $8::bigint[],
    $9::text[], $10::text[], $11::numeric[], $12::date[], $13::date[], $14::timestamptz[], $15::date[], $16::numeric[],
    $17::timestamptz[], $18::text[])
on conflict (policy_number) do update
    set revision = greatest(p.revision, excluded.revision),
        issued_at = coalesce(p.issued_at, excluded.issued_at),
        cancelled_from = case when p.revision < excluded.revision then excluded.cancelled_from else p.cancelled_from end,
        refund = case when p.revision < excluded.revision then excluded.refund else p.refund end,
        changed_at = greatest(p.changed_at, excluded.changed_at)
    where p.revision < excluded.revision or (p.issued_at is null and excluded.issued_at is not null)
