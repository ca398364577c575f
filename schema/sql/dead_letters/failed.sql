-- Records that failed again: what was said first and what is said now go to the history, the row has the newest. One that is tried
-- by itself and says the same as before is only counted. $1 consumer, $2 topic, $3 partition, then one array for each of: offset,
-- cause, reason, fingerprint, seconds until it is tried again; $9 seconds for which it is tried from now on, if that begins anew,
-- $10 order, if there is one.
with said as (
    select * from unnest($4::bigint[], $5::text[], $6::text[], $7::text[], $8::float8[])
        as f (record_offset, cause, reason, fingerprint, due_in)
), known as (
    select d.id, d.parked_at, d.cause as old_cause, d.reason as old_reason, f.*
    from dead_letters d join said f on f.record_offset = d.record_offset
    where d.consumer = $1 and d.topic = $2 and d.partition = $3
), first as (
    insert into dead_letter_history (letter, at, cause, reason)
    select k.id, k.parked_at, k.old_cause, k.old_reason from known k
    where ($10::bigint is not null or k.old_reason <> k.reason)
        and not exists (select from dead_letter_history h where h.letter = k.id)
), again as (
    insert into dead_letter_history (letter, cause, reason, replay_id)
    select k.id, k.cause, k.reason, $10 from known k
    where $10::bigint is not null or k.old_reason <> k.reason
)
update dead_letters d
set cause = k.cause, reason = k.reason, fingerprint = k.fingerprint,
    state = case when k.due_in is null then 'parked' else 'waiting' end,
    due_at = clock_timestamp() + make_interval(secs => k.due_in),
    waits_until = coalesce(clock_timestamp() + make_interval(secs => $9::float8), d.waits_until),
    attempts = d.attempts + case when $10::bigint is null then 0 else 1 end,
    tries = case when $10::bigint is null then d.tries + 1 else 0 end
from known k where d.id = k.id
