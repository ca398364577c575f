-- Applies products of events, newest state per product. A revision that is not newer changes nothing; what did change
-- comes back.
insert into products as p
    (insurer_id, product_id, insurer_name, revision, line, name, description, url, currency, premium, withdrawn, changed_at)
select * from unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::text[], $6::text[], $7::text[], $8::text[],
    $9::text[], $10::numeric[], $11::boolean[], $12::timestamptz[])
on conflict (insurer_id, product_id) do update
    set insurer_name = excluded.insurer_name, revision = excluded.revision, line = excluded.line, name = excluded.name,
        description = excluded.description, url = excluded.url, currency = excluded.currency,
        premium = excluded.premium, withdrawn = excluded.withdrawn, changed_at = excluded.changed_at
    where p.revision < excluded.revision
returning insurer_id, product_id
