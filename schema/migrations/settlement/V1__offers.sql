-- What insurers offer, built from Kafka alone.
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
    premium numeric,
    withdrawn boolean not null,
    changed_at timestamptz not null,
    primary key (insurer_id, product_id)
);

-- Every tariff version the events have told of: by the days it holds for, and by when it was known.
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
