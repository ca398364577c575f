-- What is due. $1 how many.
select id, application_id, kind, reference, tries from timers
where due_at <= clock_timestamp() order by due_at limit $1
