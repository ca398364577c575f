-- A register or a run has a part of its own in each large table: filled as a table apart, so that nobody waits, then attached, all
-- in one transaction. It is dropped as a whole.

-- The part of a number, empty and still apart from its table. Answers its name.
create function begin_part(parent text, number bigint) returns text language plpgsql as $$
declare
    part text := parent || '_' || number;
begin
    execute format('create table %I (like %I including defaults including constraints including storage)', part, parent);
    return part;
end $$;

-- Joins a filled part to its table. The check lets it join without being read again.
create function attach_part(parent text, number bigint) returns void language plpgsql as $$
declare
    part text := parent || '_' || number;
    owner text := case when parent like 'register%' then 'register_id' else 'run_id' end;
begin
    execute format('alter table %I add constraint %I check (%I = %s)', part, part || '_is_whole', owner, number);
    execute format('alter table %I attach partition %I for values in (%s)', parent, part, number);
    execute format('alter table %I drop constraint %I', part, part || '_is_whole');
end $$;

create function drop_part(parent text, number bigint) returns void language plpgsql as $$
begin
    -- Nobody who reads the whole table is made to wait behind one who waits.
    set local lock_timeout = '2s';
    execute format('drop table if exists %I', parent || '_' || number);
end $$;
