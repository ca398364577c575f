-- Applications for policies. The events are the truth: append-only, one stream per application, each chained to the one
-- before it. Everything else about an application can be made from them again.
create table application_events (
    application_id uuid not null,
    version bigint not null,
    -- polis.sales.v1.ApplicationEvent
    type text not null,
    payload bytea not null,
    occurred_at timestamptz not null,
    -- Who, why, and in which trace.
    actor text not null,
    why text not null,
    trace_id text not null,
    -- SHA-256 over the hash of the event before and everything above.
    hash bytea not null,
    -- Two who decide upon the same state: the second one finds its place taken.
    primary key (application_id, version)
);

-- Stored events are never changed, by nobody.
create function application_events_are_final() returns trigger
language plpgsql as $$
begin
    raise exception 'application_events is append-only';
end $$;

create trigger application_events_are_final before update or delete or truncate on application_events
    for each statement execute function application_events_are_final();

-- The list of applications: a projection.
create table applications (
    application_id uuid primary key,
    version bigint not null,
    status text not null,
    insurer_id text not null,
    product_id text not null,
    product_name text not null,
    tariff_id text not null,
    currency text not null,
    premium numeric not null,
    paid numeric not null,
    to_refund numeric not null,
    refunded numeric not null,
    person_id uuid,
    policy_number text,
    created_at timestamptz not null,
    changed_at timestamptz not null
);

-- The policies: a projection.
create table policies (
    policy_number text primary key,
    application_id uuid not null unique,
    status text not null,
    starts_on date not null,
    ends_on date not null,
    issued_at timestamptz not null,
    cancelled_from date
);

create sequence policy_numbers;

create function applications_changed() returns trigger
language plpgsql as $$
begin
    perform pg_notify('applications', new.application_id::text);
    return null;
end $$;

create trigger applications_changed after insert or update on applications
    for each row execute function applications_changed();

-- Whoever holds the token may see and change an application. Only its hash is kept.
create table application_tokens (
    application_id uuid primary key,
    token_hash bytea not null
);

-- The key that seals what is personal. Without its key it is erased, wherever copies are.
create table persons (
    person_id uuid primary key,
    key bytea,
    erased_at timestamptz
);
