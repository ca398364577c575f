-- Tables with one partition for each day (UTC). Retention drops partitions; it never scans and deletes.
create table partitioned_tables (
    parent text primary key,
    -- Storage clause of each partition.
    storage text not null,
    -- A partition may be dropped this many days after its own.
    keep_days int not null,
    -- A partition that has a row for which this holds is kept, however old it is.
    needed_while text
);

-- Makes the partitions of a table ahead of time, and remembers the table.
create function ensure_daily_partitions(
    parent regclass, days_ahead int, storage text, keep_days int, needed_while text default null) returns int
language plpgsql as $$
declare
    day date;
    made int := 0;
    child text;
begin
    insert into partitioned_tables values (parent::text, storage, keep_days, needed_while) on conflict do nothing;
    for day in select generate_series(current_date - 1, current_date + days_ahead, interval '1 day')::date loop
        child := format('%s_%s', parent::text, to_char(day, 'YYYYMMDD'));
        if to_regclass(child) is null then
            execute format(
                'create table if not exists %s partition of %s for values from (%L) to (%L) %s',
                child, parent::text, day, day + 1, storage);
            made := made + 1;
        end if;
    end loop;
    return made;
end $$;

-- Drops what is older than it has to be kept. Gives up rather than hold others up.
create function drop_expired_partitions() returns int
language plpgsql as $$
declare
    candidate record;
    needed boolean;
    dropped int := 0;
begin
    set local lock_timeout = '2s';
    for candidate in
        select c.oid::regclass::text as child, t.needed_while
        from partitioned_tables t
        join pg_inherits i on i.inhparent = t.parent::regclass
        join pg_class c on c.oid = i.inhrelid
        where to_date(right(c.relname, 8), 'YYYYMMDD') < current_date - t.keep_days
    loop
        needed := false;
        if candidate.needed_while is not null then
            execute format('select exists (select from %s where %s)', candidate.child, candidate.needed_while) into needed;
        end if;
        if not needed then
            execute format('drop table %s', candidate.child);
            dropped := dropped + 1;
        end if;
    end loop;
    return dropped;
end $$;
