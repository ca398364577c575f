-- What a replay would do, key by key. $1 ids, $2 consumer, $3 topic, $4 key, $5 group: whichever are given; $6 attempts after which one
-- is refused, if any; $7 how many keys. In the first rows: sums over all keys, and how many keys there are.
with judged as (
    select * from chosen_dead_letters($1::bigint[], $2::text, $3::text, $4::text, $5::text, $6::int)
), keys as (
    select consumer, topic, partition, key, min(record_offset) as first_offset, max(record_offset) as last_offset,
        count(*) filter (where verdict = 'chosen') as chosen, count(*) filter (where verdict = 'behind') as behind,
        count(*) filter (where verdict = 'replaying') as replaying, count(*) filter (where verdict = 'refused') as refused,
        count(*) filter (where verdict = 'held') as held, count(*) filter (where verdict = 'untouched') as untouched
    from judged group by consumer, topic, partition, key
)
select consumer, topic, partition, key, first_offset, last_offset, chosen, behind, replaying, refused, held, untouched,
    sum(chosen) over ()::bigint, sum(behind) over ()::bigint, sum(replaying) over ()::bigint, sum(refused) over ()::bigint,
    sum(held) over ()::bigint, sum(untouched) over ()::bigint, count(*) over ()
from keys order by consumer, topic, partition, first_offset limit $7
