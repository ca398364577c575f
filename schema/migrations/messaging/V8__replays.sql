-- Records that were set aside are tried again by themselves or decided on by people, and parts of a topic are applied again by order.
-- All of it is done by whoever holds the lease of the partition, between its batches.

-- An order about dead letters moves this first and holds the row until it commits; whoever applies moves on only if nothing was
-- decided since it looked. So an order is never half of what a batch was sorted by.
alter table consumer_offsets add column decisions bigint not null default 0;

-- waiting: tried again by itself when it is due, and the records behind it with it. replaying: somebody has ordered it.
alter table dead_letters
    drop constraint dead_letters_state_check,
    add constraint dead_letters_state_check
        check (state in ('waiting', 'parked', 'replaying', 'replayed', 'discarded')),
    -- The reason without what differs from record to record.
    add column fingerprint text not null default '',
    -- How often it was tried by itself, when it is the next time, and until when.
    add column tries int not null default 0,
    add column due_at timestamptz,
    add column waits_until timestamptz,
    -- The last order that was about it.
    add column replay_id bigint,
    -- Why it was decided so.
    add column why text not null default '';

update dead_letters set fingerprint = regexp_replace(reason, '[[:alnum:]_./:-]*[0-9][[:alnum:]_./:-]*', '#', 'g');

drop index dead_letters_parked;
create index dead_letters_undecided on dead_letters (consumer, topic, partition, key, record_offset)
    where state in ('waiting', 'parked', 'replaying');
create index dead_letters_due on dead_letters (consumer, topic, partition, due_at) where state = 'waiting';
create index dead_letters_ordered on dead_letters (replay_id, topic, partition, record_offset) where state = 'replaying';

-- Why a record could not be applied, each time that it was tried and the answer was a new one.
create table dead_letter_history (
    id bigint generated always as identity primary key,
    letter bigint not null references dead_letters,
    at timestamptz not null default clock_timestamp(),
    cause text not null,
    reason text not null,
    -- Absent for the first time and for what is tried by itself.
    replay_id bigint
);

create index dead_letter_history_of on dead_letter_history (letter, id);

-- Letters that fail alike have this in common.
create function dead_letter_group(consumer text, topic text, cause text, fingerprint text) returns text
language sql immutable as $$
    select left(md5(consumer || E'\n' || topic || E'\n' || cause || E'\n' || fingerprint), 10)
$$;

-- What an order to replay these letters is about: all that is not decided of the keys concerned, each with what becomes of it.
--   chosen     it is replayed
--   behind     it was not chosen, but waits behind one that is and follows it
--   replaying  another order has it
--   refused    it was chosen, and has failed more often than the order allows
--   held       it was chosen, and an earlier record of its key is neither chosen nor decided
--   untouched  it stays as it is
create function chosen_dead_letters(
    ids bigint[], of_consumer text, of_topic text, of_key text, of_group text, most_attempts int)
returns table (
    id bigint, consumer text, topic text, partition int, key text, record_offset bigint, cause text, reason text, verdict text)
language sql stable as $$
    with chosen as materialized (
        select d.id, d.consumer, d.topic, d.partition, d.key
        from dead_letters d
        where d.state in ('waiting', 'parked', 'replaying')
            and (ids is null or d.id = any (ids))
            and (of_consumer is null or d.consumer = of_consumer)
            and (of_topic is null or d.topic = of_topic)
            and (of_key is null or d.key = of_key)
            and (of_group is null or dead_letter_group(d.consumer, d.topic, d.cause, d.fingerprint) = of_group)
    ), concerned as (
        select d.*, c.id is not null as is_chosen, coalesce(d.attempts > most_attempts, false) as is_tired
        from dead_letters d left join chosen c on c.id = d.id
        where d.state in ('waiting', 'parked', 'replaying')
            and (d.consumer, d.topic, d.partition, d.key) in (select k.consumer, k.topic, k.partition, k.key from chosen k)
    ), in_order as (
        select c.*,
            first_value(c.state = 'replaying' or c.is_chosen) over so_far
            and bool_and(c.state = 'replaying' or ((c.is_chosen or c.cause = 'behind') and not c.is_tired)) over so_far as goes
        from concerned c
        window so_far as (partition by c.consumer, c.topic, c.partition, c.key order by c.record_offset)
    )
    select o.id, o.consumer, o.topic, o.partition, o.key, o.record_offset, o.cause, o.reason,
        case
            when o.state = 'replaying' then 'replaying'
            when o.goes and o.is_chosen then 'chosen'
            when o.goes then 'behind'
            when o.is_chosen and o.is_tired then 'refused'
            when o.is_chosen then 'held'
            else 'untouched'
        end
    from in_order o
$$;

-- Orders to apply something again: dead letters, or a range of a topic.
create table replays (
    id bigint generated always as identity primary key,
    kind text not null check (kind in ('letters', 'range')),
    consumer text not null,
    -- Absent when letters of several topics are concerned.
    topic text,
    -- What was ordered, in the words of the order.
    what json not null,
    -- Of a range: from the first, up to but without the second. Absent: as far as there is something.
    from_offset bigint,
    from_time timestamptz,
    to_offset bigint,
    to_time timestamptz,
    -- Most records a second, all partitions together.
    per_second int not null check (per_second > 0),
    force boolean not null default false,
    ordered_at timestamptz not null default clock_timestamp(),
    ordered_by text not null,
    why text not null default '',
    cancelled_at timestamptz,
    cancelled_by text
);

-- How far an order is, by partition. Written by the holder of the partition's lease, in the transaction of the effects.
create table replay_partitions (
    replay_id bigint not null references replays,
    topic text not null,
    partition int not null,
    -- Of a range: as offsets, once the owner of the partition has looked.
    from_offset bigint,
    to_offset bigint,
    next_offset bigint,
    applied bigint not null default 0,
    failed bigint not null default 0,
    -- Records that wait behind others of their key and were left where they are.
    left_out bigint not null default 0,
    first_failure text,
    finished_at timestamptz,
    primary key (replay_id, topic, partition)
);

create index replay_partitions_open on replay_partitions (topic, partition) where finished_at is null;

-- Owners of partitions wake. They look by themselves too, so one that does not hear it is late and misses nothing.
create function tell_of_replays() returns trigger language plpgsql as $$
begin
    perform pg_notify('replays', '');
    return null;
end $$;
create trigger replays_are_ordered after insert or update on replays for each statement execute function tell_of_replays();

-- Orders and how far they are, as they are told of.
create view replays_told (id, kind, consumer, topic, what, per_second, force, ordered_at, ordered_by, why, state,
    total, done, applied, failed, left_out, first_failure, ended_at, cancelled_by) as
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
) s;
