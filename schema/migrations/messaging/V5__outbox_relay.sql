-- Everything with a sequence up to the floor is sent or will never exist. Only an optimisation: where a relay begins
-- to look after a start.
create table outbox_floors (
    outbox text primary key,
    floor_seq bigint not null,
    updated_at timestamptz not null default now()
);

-- Keys whose next row the broker refuses for good. Their rows wait; those of other keys go on.
create table outbox_parked_keys (
    outbox text not null,
    key text not null,
    seq bigint not null,
    reason text not null,
    parked_at timestamptz not null default now(),
    primary key (outbox, key)
);

-- Before any row of an outbox gets its sequence: gives the transaction its id, so that a relay which sees a gap in
-- the sequence knows which transactions may still fill it, and wakes the relay at commit.
create function outbox_insert_begins() returns trigger
language plpgsql as $$
begin
    perform pg_current_xact_id();
    perform pg_notify(tg_argv[0], '');
    return null;
end $$;
