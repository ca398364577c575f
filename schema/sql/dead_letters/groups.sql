-- What is not decided, by what it fails of, the most first, each with its first record and the reason of that. $1 consumer, $2 topic;
-- each may be absent.
select dead_letter_group(g.consumer, g.topic, g.cause, g.fingerprint), g.consumer, g.topic, g.cause, e.reason, g.count, g.keys,
    g.first, g.last, g.example, g.waiting
from (
    select consumer, topic, cause, fingerprint, count(*) as count, count(distinct key) as keys, min(parked_at) as first,
        max(parked_at) as last, min(id) as example, count(*) filter (where state = 'waiting') as waiting
    from dead_letters
    where state in ('waiting', 'parked', 'replaying') and ($1::text is null or consumer = $1) and ($2::text is null or topic = $2)
    group by consumer, topic, cause, fingerprint
) g join dead_letters e on e.id = g.example
order by g.count desc, g.example
