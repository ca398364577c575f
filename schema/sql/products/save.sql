-- Writes products of one insurer. $1 insurer, then one array for each column.
insert into products as p (insurer_id, product_id, revision, content_hash, state, withdrawn, changed_at)
select $1, e.product_id, e.revision, e.content_hash, e.state, e.withdrawn, now()
from unnest($2::text[], $3::bigint[], $4::bytea[], $5::bytea[], $6::boolean[])
    as e (product_id, revision, content_hash, state, withdrawn)
on conflict (insurer_id, product_id) do update
    set revision = excluded.revision, content_hash = excluded.content_hash, state = excluded.state,
        withdrawn = excluded.withdrawn, changed_at = excluded.changed_at
