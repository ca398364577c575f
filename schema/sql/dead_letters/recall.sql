-- What an order has not reached yet is parked again, and what has come behind it. $1 order.
update dead_letters d set state = 'parked'
where d.state = 'replaying' and exists (
    select from dead_letters e
    where e.consumer = d.consumer and e.topic = d.topic and e.partition = d.partition and e.key = d.key
        and e.state = 'replaying' and e.replay_id = $1 and e.record_offset <= d.record_offset)
