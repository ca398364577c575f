-- How many partitions of each topic, of those that were ever consumed, nobody consumes now.
select o.consumer, o.topic, count(*) filter (where l.resource is null)::float8
from consumer_offsets o
left join leases l on l.resource = 'consumer/' || o.consumer || '/' || o.topic || '/' || o.partition and l.expires_at > clock_timestamp()
group by o.consumer, o.topic
