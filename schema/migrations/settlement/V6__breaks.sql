-- Breaks as people work on them, across runs: one for each insurer, period and identity. "Not due yet" is none.
create table breaks (
    id bigint generated always as identity primary key,
    insurer_id text not null,
    period_from date not null,
    period_to date not null,
    break_id text not null,
    kind text not null,
    state text not null default 'open' check (state in ('open', 'explained', 'accepted', 'disputed', 'corrected')),
    owner text,
    first_run bigint not null references runs,
    last_run bigint not null references runs,
    policies text[] not null,
    lines bigint[] not null,
    keys text[] collate "C" not null,
    ours numeric,
    theirs numeric,
    difference numeric,
    tariff_says text,
    explanation_ru text not null,
    explanation_en text not null,
    opened_at timestamptz not null default now(),
    changed_at timestamptz not null default now(),
    unique (insurer_id, period_from, period_to, break_id)
);

-- A page of the index is not left for later: whoever applies an event would have to read what is pending.
create index breaks_by_key on breaks using gin (keys) with (fastupdate = off) where state <> 'corrected';
create index breaks_by_state on breaks (insurer_id, kind, state);
create index breaks_unsettled on breaks (insurer_id, opened_at) where state in ('open', 'disputed');

-- Everything that happened to a break. Only added to.
create table break_history (
    id bigint generated always as identity primary key,
    break bigint not null references breaks,
    at timestamptz not null default now(),
    -- A person, "run 7", or "event" with the policy that changed.
    by text not null,
    -- found, changed, gone, found_again, decided
    what text not null,
    state text not null,
    owner text,
    run_id bigint references runs,
    ours numeric,
    theirs numeric,
    difference numeric,
    why text not null default ''
);

create index break_history_of on break_history (break, id);

-- Keys of policies that changed while breaks of them stand open; written in the transaction of the events.
create table break_checks (
    id bigint generated always as identity primary key,
    insurer_id text not null,
    key text collate "C" not null,
    -- The policy whose event it was.
    policy_number text not null,
    noted_at timestamptz not null default now()
);

-- Most events concern no break: nobody is told of nothing, for whoever tells makes all others that commit wait.
create function tell_of_break_checks() returns trigger language plpgsql as $$
begin
    if exists (select from noted) then
        perform pg_notify('break_checks', '');
    end if;
    return null;
end $$;
create trigger breaks_are_checked after insert on break_checks
    referencing new table as noted for each statement execute function tell_of_break_checks();
