-- Events that an operator wants sent again, and the current state repeated for a new consumer.
alter table product_events add column repeats bigint, add column ordered_by text;

create table republications (
    id bigint generated always as identity primary key,
    -- Null: of all insurers.
    insurer_id text,
    per_second int not null,
    ordered_by text not null,
    ordered_at timestamptz not null default now(),
    -- The last product that was repeated.
    at_insurer text not null default '',
    at_product text not null default '',
    told bigint not null default 0,
    finished_at timestamptz
);

create function republications_changed() returns trigger
language plpgsql as $$
begin
    perform pg_notify('republications', '');
    return null;
end $$;

create trigger republications_changed after insert on republications
    for each statement execute function republications_changed();
