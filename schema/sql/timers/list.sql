-- All timers, the next one first. $1 application or null, $2 how many.
select id, application_id, kind, reference, due_at, tries, last_error from timers
where $1::uuid is null or application_id = $1 order by due_at limit $2
