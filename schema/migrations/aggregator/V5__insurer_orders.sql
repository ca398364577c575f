-- What operators want of insurers, on top of their files.
create table insurer_orders (
    insurer_id text primary key,
    paused boolean not null default false,
    every interval,
    poll_now_at timestamptz,
    changed_at timestamptz not null default now(),
    changed_by text not null
);

create function insurer_orders_changed() returns trigger
language plpgsql as $$
begin
    perform pg_notify('insurer_orders', '');
    return null;
end $$;

create trigger insurer_orders_changed after insert or update or delete on insurer_orders
    for each statement execute function insurer_orders_changed();

-- An operator has looked at the answer and lets that much go.
alter table held_catalogues add column approved_at timestamptz, add column approved_by text;
