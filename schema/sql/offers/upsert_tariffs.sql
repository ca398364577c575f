-- Applies tariff versions of the products that changed. A version is written once; only its end may become known.
insert into tariffs as t
    (insurer_id, product_id, tariff_id, version, name, currency, premium, valid_from, valid_to, known_from, known_to)
select * from unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::text[], $6::text[], $7::numeric[],
    $8::date[], $9::date[], $10::timestamptz[], $11::timestamptz[])
on conflict (insurer_id, product_id, tariff_id, version) do update
    set known_to = excluded.known_to, valid_to = excluded.valid_to
    where t.known_to is distinct from excluded.known_to or t.valid_to is distinct from excluded.valid_to
