-- Ends an order that has not come to its end. No row: it has, or there is none. $1 number, $2 by whom.
with cancelled as (
    update replays r set cancelled_at = clock_timestamp(), cancelled_by = $2
    where r.id = $1 and r.cancelled_at is null
        and exists (select from replay_partitions p where p.replay_id = r.id and p.finished_at is null)
    returning r.id
), ended as (
    update replay_partitions p set finished_at = clock_timestamp() from cancelled c
    where p.replay_id = c.id and p.finished_at is null
)
select id from cancelled
