-- What is remembered of an insurer between polls.
create table insurers (
    insurer_id text primary key,
    -- For conditional requests: entity tags by document address.
    etags jsonb not null default '{}',
    last_poll_at timestamptz,
    last_good_poll_at timestamptz,
    last_outcome text,
    last_error text
);

-- A catalogue that would withdraw more than the insurer's limit, held until somebody approves it.
create table held_catalogues (
    insurer_id text primary key,
    held_at timestamptz not null default now(),
    reason text not null,
    products_before int not null,
    products_after int not null
);
