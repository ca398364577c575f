-- Cancels timers of an application and sets others; one that is set already is moved. $1 application, $2 kinds to cancel, then
-- one array for each column of those to set.
with wanted as (
    select * from unnest($3::text[], $4::text[], $5::timestamptz[]) as wanted (kind, reference, due_at)
), cancelled as (
    delete from timers t where t.application_id = $1 and t.kind = any ($2)
        and not exists (select from wanted w where w.kind = t.kind and w.reference = t.reference)
)
insert into timers (application_id, kind, reference, due_at, since)
select $1, kind, reference, due_at, due_at from wanted
on conflict (application_id, kind, reference) do update set due_at = excluded.due_at, since = excluded.since
