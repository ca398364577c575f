-- Orders and how far they are, newest first. $1 only older ones than this number, if given, $2 how many.
select id, kind, consumer, topic, what, per_second, force, ordered_at, ordered_by, why, state,
    total, done, applied, failed, left_out, first_failure, ended_at, cancelled_by
from replays_told
where $1::bigint is null or id < $1
order by id desc limit $2
