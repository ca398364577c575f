-- Checkpoints over all chains of applications: each is signed, covers the heads of the streams that have grown since the one
-- before, and the hash of the one before. A stream that is cut off or missing misses its head.

-- Streams that have grown since the last checkpoint; a row is written with the events themselves.
create table audit_pending (
    application_id uuid not null
);

insert into audit_pending select distinct application_id from application_events;

create table audit_checkpoints (
    -- From one, without gaps.
    number bigint primary key,
    made_at timestamptz not null,
    -- How many heads it covers.
    streams bigint not null,
    -- SHA-256 over the hash of the checkpoint before and everything above and its heads.
    hash bytea not null,
    -- Ed25519 over the hash.
    public_key bytea not null,
    signature bytea not null
);

-- The last event of a stream when a checkpoint was made.
create table audit_heads (
    number bigint not null references audit_checkpoints,
    application_id uuid not null,
    version bigint not null,
    hash bytea not null,
    primary key (number, application_id)
);

create function audit_is_final() returns trigger
language plpgsql as $$
begin
    raise exception '% is append-only', tg_table_name;
end $$;

create trigger audit_checkpoints_are_final before update or delete or truncate on audit_checkpoints
    for each statement execute function audit_is_final();

create trigger audit_heads_are_final before update or delete or truncate on audit_heads
    for each statement execute function audit_is_final();

-- Where projections are built from the events again, to be compared with those in use and to replace them.
create unlogged table rebuilt_applications (like applications including defaults);
create unlogged table rebuilt_policies (like policies including defaults);
