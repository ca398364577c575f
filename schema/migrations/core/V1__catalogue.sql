-- The local catalogue, built from Kafka alone.
create table products (
    insurer_id text not null,
    product_id text not null,
    insurer_name text not null,
    revision bigint not null,
    line text not null,
    name text not null,
    description text not null,
    url text not null,
    currency text,
    -- The lowest current premium, for lists; null when priced on request.
    premium numeric,
    withdrawn boolean not null,
    changed_at timestamptz not null,
    search text generated always as (lower(name || ' ' || insurer_name || ' ' || description)) stored,
    primary key (insurer_id, product_id)
);

create index products_by_line on products (line, insurer_id) where not withdrawn;

-- Every tariff version the events have told of.
create table tariffs (
    insurer_id text not null,
    product_id text not null,
    tariff_id text not null,
    version bigint not null,
    name text not null,
    currency text,
    premium numeric,
    valid_from date,
    valid_to date,
    known_from timestamptz not null,
    known_to timestamptz,
    primary key (insurer_id, product_id, tariff_id, version)
);
