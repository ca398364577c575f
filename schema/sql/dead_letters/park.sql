-- Keeps records that cannot be applied now. One without a state of its own waits behind an earlier record of its key and shares what
-- becomes of that one. A record that was decided on comes again only when a consumer begins anew: then it is set aside anew.
-- $1 consumer, $2 topic, $3 partition, then one array for each of: offset, key, event id, headers, value, time, cause, reason,
-- fingerprint, state, seconds until it is tried again; $15 seconds for which it is tried.
insert into dead_letters
    (consumer, topic, partition, record_offset, key, event_id, headers, value, record_time, cause, reason, fingerprint,
    state, due_at, waits_until, replay_id)
select $1::text, $2::text, $3::int, r.record_offset, r.key, r.event_id, r.headers, r.value, r.record_time, r.cause, r.reason, r.fingerprint,
    coalesce(r.state, before.state, 'parked'),
    coalesce(clock_timestamp() + make_interval(secs => r.due_in), before.due_at),
    case when r.due_in is null then before.waits_until else clock_timestamp() + make_interval(secs => $15::float8) end,
    before.replay_id
from unnest($4::bigint[], $5::text[], $6::uuid[], $7::jsonb[], $8::bytea[], $9::timestamptz[], $10::text[], $11::text[], $12::text[],
    $13::text[], $14::float8[])
    as r (record_offset, key, event_id, headers, value, record_time, cause, reason, fingerprint, state, due_in)
left join lateral (
    select d.state, d.due_at, d.waits_until, case when d.state = 'replaying' then d.replay_id end as replay_id
    from dead_letters d
    where r.state is null and d.consumer = $1 and d.topic = $2 and d.partition = $3 and d.key = r.key
        and d.state in ('waiting', 'parked', 'replaying')
    order by d.record_offset desc limit 1
) before on true
on conflict (consumer, topic, partition, record_offset) do update
    set key = excluded.key, event_id = excluded.event_id, headers = excluded.headers, value = excluded.value,
        record_time = excluded.record_time, cause = excluded.cause, reason = excluded.reason, fingerprint = excluded.fingerprint,
        state = excluded.state, due_at = excluded.due_at, waits_until = excluded.waits_until, replay_id = excluded.replay_id,
        tries = 0, parked_at = clock_timestamp(), decided_at = null, decided_by = null
    where dead_letters.state in ('replayed', 'discarded')
