-- An order and how far it is. $1 number.
select r.id, r.kind, r.consumer, r.topic, r.what, r.per_second, r.force, r.ordered_at, r.ordered_by, r.why,
    case when r.cancelled_at is not null then 'cancelled' when s.open = 0 then 'done' else 'running' end,
    case r.kind when 'range' then s.offsets else s.applied + s.failed + s.left_out + s.waiting end,
    case r.kind when 'range' then s.passed else s.applied + s.failed + s.left_out end,
    s.applied, s.failed, s.left_out, s.first_failure, coalesce(r.cancelled_at, case when s.open = 0 then s.finished_at end),
    r.cancelled_by
from replays r
cross join lateral (
    select count(*) filter (where p.finished_at is null) as open,
        coalesce(sum(p.to_offset - p.from_offset), 0)::bigint as offsets, coalesce(sum(p.next_offset - p.from_offset), 0)::bigint as passed,
        coalesce(sum(p.applied), 0)::bigint as applied, coalesce(sum(p.failed), 0)::bigint as failed,
        coalesce(sum(p.left_out), 0)::bigint as left_out, min(p.first_failure) as first_failure,
        coalesce(max(p.finished_at), r.ordered_at) as finished_at,
        (select count(*) from dead_letters d where d.state = 'replaying' and d.replay_id = r.id) as waiting
    from replay_partitions p where p.replay_id = r.id
) s
where r.id = $1
