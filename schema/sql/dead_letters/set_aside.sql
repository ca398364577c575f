-- Records that are set aside and not decided on, and how many seconds the oldest has been there.
select consumer, topic, cause, state, count(*)::float8, extract(epoch from clock_timestamp() - min(parked_at))::float8
from dead_letters where state in ('parked', 'waiting', 'replaying')
group by consumer, topic, cause, state
