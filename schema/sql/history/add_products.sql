-- Revisions of products of one insurer that we know of now; the ones before them end. $1 insurer, $2 time, then one array
-- for each column.
with e as (
    select * from unnest($3::text[], $4::bigint[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::bytea[])
        as e (product_id, revision, kind, line, name, description, url, content_hash)
), ended as (
    update product_versions v set known_to = $2 from e
    where v.insurer_id = $1 and v.product_id = e.product_id and v.known_to is null and v.revision < e.revision
)
insert into product_versions
    (insurer_id, product_id, revision, kind, line, name, description, url, content_hash, known_from)
select $1, product_id, revision, kind, line, name, description, url, content_hash, $2 from e
on conflict (insurer_id, product_id, revision) do update set content_hash = excluded.content_hash
