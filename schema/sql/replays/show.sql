-- An order and how far it is. $1 number.
select id, kind, consumer, topic, what, per_second, force, ordered_at, ordered_by, why, state,
    total, done, applied, failed, left_out, first_failure, ended_at, cancelled_by
from replays_told
where id = $1
