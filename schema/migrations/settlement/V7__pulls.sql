-- Registers that are to be fetched by the schedules of insurers. The next one of each stands here before it is due, so that a
-- service that is down when it is due fetches it later.
create table pulls (
    insurer_id text not null,
    due timestamptz not null,
    period_from date not null,
    period_to date not null,
    attempts int not null default 0,
    next_attempt_at timestamptz not null,
    last_error text,
    -- When the wait ended, and with which register; without one when the period had been closed.
    done_at timestamptz,
    register_id bigint references registers,
    check (period_from <= period_to),
    primary key (insurer_id, due)
);

create index pulls_open on pulls (insurer_id, due) where done_at is null;

-- Lines stand in the order of the file: a few are found by their numbers without an index that names each.
create index register_lines_by_number on register_lines using brin (number) with (pages_per_range = 32);
