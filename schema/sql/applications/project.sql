-- Puts states of applications into the list. One array for each column.
insert into applications
    (application_id, version, status, insurer_id, product_id, product_name, tariff_id, currency, premium, paid, to_refund,
    refunded, person_id, policy_number, created_at, changed_at)
select * from unnest($1::uuid[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
    $9::numeric[], $10::numeric[], $11::numeric[], $12::numeric[], $13::uuid[], $14::text[], $15::timestamptz[],
    $16::timestamptz[])
on conflict (application_id) do update
    set version = excluded.version, status = excluded.status, paid = excluded.paid, to_refund = excluded.to_refund,
        refunded = excluded.refunded, person_id = excluded.person_id, policy_number = excluded.policy_number,
        changed_at = excluded.changed_at
