-- Applications after one, in order. $1 the last one, $2 how many.
select application_id from applications where application_id > $1 order by application_id limit $2
