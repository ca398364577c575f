-- What was offered when, as we saw it, for as long as anybody may ask. One row for each revision of a product and one for
-- each version of a tariff; `known_to` is null while it holds. Never deleted: a change is a few hundred bytes.
create table product_versions (
    insurer_id text not null,
    product_id text not null,
    revision bigint not null,
    -- added, changed, withdrawn, restored
    kind text not null,
    line text not null,
    name text not null,
    description text not null,
    url text not null,
    content_hash bytea not null,
    known_from timestamptz not null,
    known_to timestamptz,
    primary key (insurer_id, product_id, revision)
);

create table tariff_versions (
    insurer_id text not null,
    product_id text not null,
    tariff_id text not null,
    version bigint not null,
    name text not null,
    premium numeric not null,
    currency text not null,
    -- For which days the insurer offers it.
    valid_from date,
    valid_to date,
    content_hash bytea not null,
    -- When we knew of it.
    known_from timestamptz not null,
    known_to timestamptz,
    primary key (insurer_id, product_id, tariff_id, version)
);

-- What was told before there was a history gets into it with the next whole answer.
update insurers set validators = '{}';
update products set content_hash = '';
