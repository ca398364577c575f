-- Versions of tariffs of one insurer that have begun or ended. $1 insurer, then one array for each column.
insert into tariff_versions
    (insurer_id, product_id, tariff_id, version, name, premium, currency, valid_from, valid_to, content_hash, known_from,
    known_to)
select $1, e.* from unnest($2::text[], $3::text[], $4::bigint[], $5::text[], $6::numeric[], $7::text[], $8::date[],
    $9::date[], $10::bytea[], $11::timestamptz[], $12::timestamptz[]) as e
on conflict (insurer_id, product_id, tariff_id, version) do update
    set known_to = excluded.known_to, content_hash = excluded.content_hash
