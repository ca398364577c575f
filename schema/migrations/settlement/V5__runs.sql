-- Policies are merged in the order of the key; see matching::normalise. It is made where events are applied: those that were
-- applied before come again, from the topic.
truncate policies;
alter table policies add column key text collate "C" not null;
-- A cancellation changes nothing that is indexed: with room on its page it writes no index.
alter table policies set (fillfactor = 85);
delete from inbox where consumer = 'policies';
delete from consumer_offsets where consumer = 'policies';
create index policies_by_key on policies (insurer_id, key);

-- Reconciliations of a register with what was sold.
create table runs (
    id bigint generated always as identity primary key,
    register_id bigint not null references registers,
    insurer_id text not null,
    period_from date not null,
    period_to date not null,
    currency text not null,
    state text not null default 'ordered' check (state in ('ordered', 'matching', 'done', 'failed')),
    -- order, receipt, schedule
    cause text not null,
    ordered_at timestamptz not null default now(),
    ordered_by text not null,
    why text not null default '',
    attempts int not null default 0,
    -- What a run depends on, besides its register and its part of run_policies. Frozen once, before anything is matched.
    frozen_at timestamptz,
    today date,
    rules json,
    rules_sha256 bytea,
    -- The next offset of each partition of each topic.
    positions json,
    policies bigint,
    -- How far it is, for whoever waits.
    done_policies bigint not null default 0,
    done_lines bigint not null default 0,
    started_at timestamptz,
    finished_at timestamptz,
    breaks bigint,
    totals json,
    -- Over all pieces of the result, in their order.
    result_sha256 bytea,
    error text
);

create index runs_by_insurer on runs (insurer_id, id);
create index runs_waiting on runs (id) where state in ('ordered', 'matching');
create index runs_by_state on runs (state);

create function tell_of_runs() returns trigger language plpgsql as $$
begin
    perform pg_notify('runs', '');
    return null;
end $$;
create trigger runs_are_ordered after insert on runs for each statement execute function tell_of_runs();

-- Periods that are settled: neither registers nor runs of days in them are taken any more.
create table closed_periods (
    id bigint generated always as identity primary key,
    insurer_id text not null,
    period_from date not null,
    period_to date not null,
    run_id bigint not null references runs,
    closed_at timestamptz not null default now(),
    closed_by text not null,
    why text not null default '',
    reopened_at timestamptz,
    reopened_by text,
    reopened_why text
);

-- What a run was given of our side. A part for each run.
create table run_policies (
    run_id bigint not null,
    key text collate "C" not null,
    policy_number text not null,
    application_id uuid not null,
    product_id text not null,
    tariff_id text not null,
    tariff_version bigint not null,
    premium numeric not null,
    expected_premium numeric,
    issued_on date not null,
    starts_on date not null,
    ends_on date not null,
    cancelled_from date,
    refund numeric not null
) partition by list (run_id);

-- Policies and lines that are about the same. A part for each run.
create table run_matches (
    run_id bigint not null,
    ordinal bigint not null,
    stage text not null,
    policies text[] not null,
    lines bigint[] not null,
    differs boolean not null,
    distances json
) partition by list (run_id);

-- What a run has found, as it was found.
create table run_breaks (
    run_id bigint not null references runs,
    ordinal bigint not null,
    break_id text not null,
    kind text not null,
    policies text[] not null,
    lines bigint[] not null,
    -- Forms of the numbers that it is about: what may change it.
    keys text[] collate "C" not null,
    ours numeric,
    theirs numeric,
    difference numeric,
    tariff_says text,
    explanation_ru text not null,
    explanation_en text not null,
    primary key (run_id, break_id)
);

create index run_breaks_in_order on run_breaks (run_id, ordinal);
