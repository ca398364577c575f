-- Records of an order, in order, none before an earlier one of its key that is not of the same order.
-- $1 consumer, $2 topic, $3 partition, $4 how many, $5 order.
select d.record_offset, d.key, d.headers, d.value, d.record_time, 0, false
from dead_letters d
where d.consumer = $1 and d.topic = $2 and d.partition = $3 and d.state = 'replaying' and d.replay_id = $5
    and not exists (
        select from dead_letters e
        where e.consumer = $1 and e.topic = $2 and e.partition = $3 and e.key = d.key and e.record_offset < d.record_offset
            and (e.state in ('waiting', 'parked') or (e.state = 'replaying' and e.replay_id is distinct from $5)))
order by d.record_offset limit $4
