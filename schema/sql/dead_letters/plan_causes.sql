-- What those that a replay would take have failed of. $1 ids, $2 consumer, $3 topic, $4 key, $5 group: whichever are given; $6 attempts
-- after which one is refused, if any.
select cause, count(*) from chosen_dead_letters($1::bigint[], $2::text, $3::text, $4::text, $5::text, $6::int)
where verdict in ('chosen', 'behind')
group by cause order by count(*) desc, cause
