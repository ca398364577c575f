-- Keeps a record that cannot be applied. Parking it again, after a crash before the offset moved, changes nothing.
insert into dead_letters
    (consumer, topic, partition, record_offset, key, event_id, headers, value, record_time, cause, reason, attempts)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
on conflict (consumer, topic, partition, record_offset) do nothing
