-- Sets a timer; one that is set already is moved. $1 application, $2 kind, $3 reference, $4 when.
insert into timers (application_id, kind, reference, due_at, since) values ($1, $2, $3, $4, $4)
on conflict (application_id, kind, reference) do update set due_at = excluded.due_at, since = excluded.since
