-- Forgets orders that came to their end so long ago, but none that a letter which is kept tells of. $1 seconds, $2 how many at most.
with old as (
    select r.id from replays r
    where r.ordered_at < now() - make_interval(secs => $1)
        and not exists (
            select from replay_partitions p
            where p.replay_id = r.id and coalesce(p.finished_at, 'infinity') >= now() - make_interval(secs => $1))
        and not exists (select from dead_letters d where d.replay_id = r.id)
        and not exists (select from dead_letter_history h where h.replay_id = r.id)
    order by r.id limit $2 for update skip locked
), parts as (
    delete from replay_partitions p using old where p.replay_id = old.id
)
delete from replays r using old where r.id = old.id
