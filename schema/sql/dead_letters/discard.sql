-- Chosen letters never have their effects. $1 ids, $2 consumer, $3 topic, $4 key, $5 group: whichever are given; $6 who says so, $7 why.
-- Answers how many there were, and how many that are not decided are left of the same keys.
with chosen as (
    select id, consumer, topic, partition, key from dead_letters
    where state in ('waiting', 'parked', 'replaying') and ($1::bigint[] is null or id = any ($1)) and ($2::text is null or consumer = $2)
        and ($3::text is null or topic = $3) and ($4::text is null or key = $4)
        and ($5::text is null or dead_letter_group(consumer, topic, cause, fingerprint) = $5)
), discarded as (
    update dead_letters d
    set state = 'discarded', due_at = null, decided_at = clock_timestamp(), decided_by = $6, why = $7
    from chosen c where d.id = c.id
    returning d.id
)
select (select count(*) from discarded), (
    select count(*) from dead_letters d
    where d.state in ('waiting', 'parked', 'replaying') and d.id not in (select id from chosen)
        and (d.consumer, d.topic, d.partition, d.key) in (select consumer, topic, partition, key from chosen))
