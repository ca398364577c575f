-- Which of these keys have nothing more that is not decided. $1 consumer, $2 topic, $3 partition, $4 keys.
select k.key from unnest($4::text[]) as k (key)
where not exists (
    select from dead_letters d
    where d.consumer = $1 and d.topic = $2 and d.partition = $3 and d.key = k.key and d.state in ('waiting', 'parked', 'replaying'))
