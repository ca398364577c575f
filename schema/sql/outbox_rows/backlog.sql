-- How much waits and how old the oldest is. $1 floor: everything up to it is sent.
select count(*), extract(epoch from clock_timestamp() - min(created_at))::float8
from outbox where seq > $1 and sent is null
