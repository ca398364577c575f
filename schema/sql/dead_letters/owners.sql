-- Whose letters are chosen: consumer, topic, how many. $1 ids, $2 consumer, $3 topic, $4 key, $5 group: whichever are given.
select consumer, topic, count(*) from dead_letters
where state in ('waiting', 'parked', 'replaying') and ($1::bigint[] is null or id = any ($1)) and ($2::text is null or consumer = $2)
    and ($3::text is null or topic = $3) and ($4::text is null or key = $4)
    and ($5::text is null or dead_letter_group(consumer, topic, cause, fingerprint) = $5)
group by consumer, topic order by consumer, topic
