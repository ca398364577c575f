-- A record that was set aside, whole. $1 number.
select id, consumer, topic, partition, record_offset, key, cause, reason, state, attempts, tries, due_at, parked_at, decided_at,
    decided_by, dead_letter_group(consumer, topic, cause, fingerprint), event_id, record_time, headers, value, why, replay_id,
    waits_until
from dead_letters where id = $1
