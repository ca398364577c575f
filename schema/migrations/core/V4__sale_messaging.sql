-- The outbox of the sale; see product_events of the aggregator.
create table outbox (
    seq bigint generated always as identity,
    id uuid not null,
    topic text not null,
    key text not null,
    type text not null,
    payload bytea not null,
    headers json not null,
    created_at timestamptz not null default now(),
    sent timestamptz,
    primary key (seq, created_at)
) partition by range (created_at);

create trigger outbox_insert_begins before insert on outbox
    for each statement execute function outbox_insert_begins('outbox');

select ensure_daily_partitions('outbox', 14, 'with (fillfactor = 48)', 30, 'sent is null');

-- What is to be done later: one row each, so that it can be seen, moved and cancelled. A row is deleted in the
-- transaction of what it led to.
create table timers (
    id bigint generated always as identity primary key,
    application_id uuid not null,
    -- quote, reservation, payment: deadlines. call, poll: the provider is to be asked.
    kind text not null,
    -- Which attempt, or which request to the provider.
    reference text not null,
    due_at timestamptz not null,
    -- When it should have been done, however often it was put off since.
    since timestamptz not null,
    tries int not null default 0,
    last_error text,
    unique (application_id, kind, reference)
);

create index timers_due on timers (due_at);

create function timers_changed() returns trigger
language plpgsql as $$
begin
    perform pg_notify('timers', '');
    return null;
end $$;

create trigger timers_changed after insert or update on timers
    for each statement execute function timers_changed();

-- What the provider was asked to do, as the payment actor knows it from Kafka.
create table payments (
    idempotency_key text primary key,
    application_id uuid not null,
    -- payment, refund
    kind text not null,
    attempt int not null,
    currency text not null,
    amount numeric not null,
    description text not null,
    deadline timestamptz,
    -- The provider's name of the payment; of a refund: of the payment that is paid back.
    payment_id text,
    -- asked, started, succeeded, failed, refunded
    state text not null default 'asked',
    asked_at timestamptz not null default now(),
    changed_at timestamptz not null default now()
);


-- Answers to requests that came with an Idempotency-Key.
create table idempotency_keys (
    scope text not null,
    key text not null,
    request_hash bytea not null,
    status int not null,
    body text not null,
    created_at timestamptz not null default now(),
    primary key (scope, key, created_at)
) partition by range (created_at);

select ensure_daily_partitions('idempotency_keys', 14, '', 3);

-- Notifications of the provider that were taken: a second one with the same id changes nothing.
create table webhook_events (
    event_id text not null,
    received_at timestamptz not null default now(),
    primary key (event_id, received_at)
) partition by range (received_at);

select ensure_daily_partitions('webhook_events', 14, '', 30);
