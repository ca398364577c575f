-- Records that were set aside, in the order in which they were. Each of $1 consumer, $2 topic, $3 key, $4 cause, $5 state may be
-- absent; $6 number of the last one seen, $7 how many.
select id, consumer, topic, partition, record_offset, key, cause, reason, state, attempts, tries, due_at, parked_at, decided_at,
    decided_by, dead_letter_group(consumer, topic, cause, fingerprint)
from dead_letters
where ($1::text is null or consumer = $1) and ($2::text is null or topic = $2) and ($3::text is null or key = $3)
    and ($4::text is null or cause = $4) and ($5::text is null or state = $5) and id > $6
order by id limit $7
