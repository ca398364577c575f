-- What is not decided, by what it fails of, the most first. $1 consumer, $2 topic; each may be absent.
select dead_letter_group(consumer, topic, cause, fingerprint), consumer, topic, cause, fingerprint, count(*), count(distinct key),
    min(parked_at), max(parked_at), (array_agg(id order by id))[1], count(*) filter (where state = 'waiting')
from dead_letters
where state in ('waiting', 'parked', 'replaying') and ($1::text is null or consumer = $1) and ($2::text is null or topic = $2)
group by consumer, topic, cause, fingerprint
order by count(*) desc, min(id)
