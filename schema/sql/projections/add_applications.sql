-- States of applications that were made from their events again. One array for each column.
insert into rebuilt_applications
    (application_id, version, status, insurer_id, product_id, product_name, tariff_id, currency, premium, paid, to_refund,
    refunded, person_id, policy_number, created_at, changed_at)
select * from unnest($1::uuid[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
    $9::numeric[], $10::numeric[], $11::numeric[], $12::numeric[], $13::uuid[], $14::text[], $15::timestamptz[],
    $16::timestamptz[])
