-- Gives chosen letters, and what follows them, to an order; one row for each partition concerned. $1 ids, $2 consumer, $3 topic, $4 key,
-- $5 group: whichever are given; $6 attempts after which one is refused, if any; $7 order.
with marked as (
    update dead_letters d set state = 'replaying', replay_id = $7::bigint, due_at = null
    from chosen_dead_letters($1::bigint[], $2::text, $3::text, $4::text, $5::text, $6::int) c
    where d.id = c.id and c.verdict in ('chosen', 'behind')
    returning d.topic, d.partition
)
insert into replay_partitions (replay_id, topic, partition) select distinct $7, topic, partition from marked
