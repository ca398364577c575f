-- Retention drops partitions; it never scans and deletes. This makes the daily partitions of a table ahead of time.
create table partitioned_tables (
    parent text primary key,
    -- Storage clause of each partition.
    storage text not null
);

create function ensure_daily_partitions(parent regclass, days_ahead int, storage text) returns int
language plpgsql as $$
declare
    day date;
    made int := 0;
    child text;
begin
    insert into partitioned_tables values (parent::text, storage) on conflict do nothing;
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
