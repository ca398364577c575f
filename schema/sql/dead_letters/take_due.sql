-- Records that wait and are due, in order, none before an earlier one of its key; how often they were tried, and whether they have
-- waited as long as they may. $1 consumer, $2 topic, $3 partition, $4 how many.
select d.record_offset, d.key, d.headers, d.value, d.record_time, d.tries, coalesce(d.waits_until < clock_timestamp(), true)
from dead_letters d
where d.consumer = $1 and d.topic = $2 and d.partition = $3 and d.state = 'waiting' and d.due_at <= clock_timestamp()
    and not exists (
        select from dead_letters e
        where e.consumer = $1 and e.topic = $2 and e.partition = $3 and e.key = d.key and e.record_offset < d.record_offset
            and (e.state in ('parked', 'replaying') or (e.state = 'waiting' and e.due_at > clock_timestamp())))
order by d.record_offset limit $4
