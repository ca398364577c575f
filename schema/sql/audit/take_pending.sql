-- The heads of streams that have grown, which are not pending any more then, and how many rows were. $1 how many at most.
with taken as (
    delete from audit_pending where ctid = any (array (select ctid from audit_pending limit $1)) returning application_id
)
select head.application_id, head.version, head.hash, (select count(*) from taken)
from (select distinct application_id from taken) grown
cross join lateral (
    select application_id, version, hash from application_events e
    where e.application_id = grown.application_id order by version desc limit 1
) head
order by head.application_id
