-- Records that could not be applied, whole, with the reason. While a key has a parked one, its later records are
-- parked behind it, so that their order is kept.
create table dead_letters (
    id bigint generated always as identity primary key,
    consumer text not null,
    topic text not null,
    partition int not null,
    record_offset bigint not null,
    key text not null,
    event_id uuid,
    headers jsonb not null,
    value bytea,
    record_time timestamptz not null,
    -- decode, rejected, panicked, behind
    cause text not null,
    reason text not null,
    attempts int not null default 1,
    state text not null default 'parked' check (state in ('parked', 'replayed', 'discarded')),
    parked_at timestamptz not null default now(),
    decided_at timestamptz,
    decided_by text,
    unique (consumer, topic, partition, record_offset)
);

create index dead_letters_parked on dead_letters (consumer, topic, partition, key) where state = 'parked';
