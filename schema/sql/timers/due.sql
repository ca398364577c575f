-- What is due. $1 kinds, $2 how many.
select id, application_id, kind, reference, tries from timers
where kind = any($1) and due_at <= clock_timestamp() order by due_at limit $2
