-- Forgets letters that were decided on so long ago, and what was said of them. Of those that were discarded it stays known that they never
-- have their effects. $1 seconds, $2 how many at most.
with old as (
    select id, consumer, topic, partition, record_offset, state from dead_letters
    where state in ('replayed', 'discarded') and decided_at < now() - make_interval(secs => $1)
    order by decided_at limit $2 for update skip locked
), kept as (
    insert into discarded_records (consumer, topic, partition, record_offset)
    select consumer, topic, partition, record_offset from old where state = 'discarded'
    on conflict do nothing
), said as (
    delete from dead_letter_history h using old where h.letter = old.id
)
delete from dead_letters d using old where d.id = old.id
