-- The outbox of the catalogue. `sent` is null until the broker has acknowledged. No index may depend on `sent`, and
-- pages keep room, so that marking stays a heap-only update.
create table product_events (
    seq bigint generated always as identity,
    id uuid not null,
    topic text not null,
    key text not null,
    type text not null,
    payload bytea not null,
    headers jsonb not null,
    created_at timestamptz not null default now(),
    sent timestamptz,
    insurer_id text not null,
    product_id text not null,
    revision bigint not null,
    kind text not null,
    changed_fields text[] not null,
    primary key (seq, created_at)
) partition by range (created_at);

create trigger product_events_insert_begins before insert on product_events
    for each statement execute function outbox_insert_begins('product_events');

select ensure_daily_partitions('product_events', 14, 'with (fillfactor = 48)', 30, 'sent is null');
