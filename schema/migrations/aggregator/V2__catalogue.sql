-- The catalogue as last seen. One row for each product ever offered; a withdrawn one stays, so that a late
-- reappearance is a restoration and goes on with its revision.
create table products (
    insurer_id text not null,
    product_id text not null,
    revision bigint not null,
    content_hash bytea not null,
    -- polis.catalogue.v1.Product, the state of the last event.
    state bytea not null,
    withdrawn boolean not null default false,
    first_seen_at timestamptz not null default now(),
    changed_at timestamptz not null default now(),
    primary key (insurer_id, product_id)
);
