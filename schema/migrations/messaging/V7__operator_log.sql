-- Who told us to do what, and why. Read by people.
create table operator_log (
    id bigint generated always as identity primary key,
    at timestamptz not null default now(),
    by text not null,
    action text not null,
    subject text not null,
    why text not null default ''
);
