-- What is pushed to browsers, in the order of becoming visible: the sequence is assigned under a lock that is held to
-- the commit, so a reader that has seen a number has seen all below it.
create table catalogue_changes (
    seq bigint generated always as identity,
    insurer_id text not null,
    product_id text not null,
    -- product, withdrawn
    event text not null,
    -- The JSON of the frame, as the list shows the product.
    data text not null,
    traceparent text,
    created_at timestamptz not null default now(),
    primary key (seq, created_at)
) partition by range (created_at);

create function catalogue_changes_begin() returns trigger
language plpgsql as $$
begin
    perform pg_advisory_xact_lock(hashtext('catalogue_changes'));
    perform pg_notify('catalogue_changes', '');
    return null;
end $$;

create trigger catalogue_changes_begin before insert on catalogue_changes
    for each statement execute function catalogue_changes_begin();

-- A page that slept longer begins anew.
select ensure_daily_partitions('catalogue_changes', 14, '', 3);
