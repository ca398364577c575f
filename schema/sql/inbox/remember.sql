-- Remembers events in the transaction of their effects. $1 consumer, $2 event ids.
insert into inbox (consumer, event_id) select $1, unnest($2::uuid[])
