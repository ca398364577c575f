-- Statements of insurers that were read whole. The same file, read in the same way, is the same register.
create table registers (
    id bigint generated always as identity primary key,
    insurer_id text not null,
    period_from date not null,
    period_to date not null,
    -- Of the whole file, and of the description by which it was read.
    sha256 bytea not null,
    description_sha256 bytea not null,
    -- How numbers were made keys: when the insurer's numbering changes, lines get new keys before the next run.
    numbering json not null,
    file_name text not null,
    source text not null check (source in ('upload', 'pull', 'folder')),
    received_by text not null,
    received_at timestamptz not null default now(),
    bytes bigint not null,
    currency text not null,
    lines bigint not null,
    unreadable bigint not null,
    premium numeric not null,
    commission numeric not null,
    refund numeric not null,
    -- Encoding, sheets, rows that are no lines, the register's own sums and where they differ.
    reading json not null,
    check (period_from <= period_to),
    unique (insurer_id, sha256, description_sha256, period_from, period_to)
);

create index registers_by_period on registers (insurer_id, period_from, period_to, id);

-- Lines that can be read. A part for each register.
create table register_lines (
    register_id bigint not null,
    number bigint not null,
    -- The form under which it meets the policy that it means.
    key text collate "C" not null,
    policy_number text not null,
    product text,
    premium numeric not null,
    commission numeric,
    issued_on date,
    starts_on date,
    ends_on date,
    cancelled boolean not null,
    cancelled_from date,
    refund numeric
) partition by list (register_id);

create index register_lines_by_key on register_lines (key, number);

-- Lines that cannot be read.
create table register_unreadable (
    register_id bigint not null references registers,
    number bigint not null,
    sheet text,
    -- Pairs of a column and what is wrong with it.
    wrong json not null,
    text text not null,
    primary key (register_id, number)
);
