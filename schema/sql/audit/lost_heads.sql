-- Heads whose event is not there, or is another one. $1 how many.
select h.application_id, h.version, h.number, e.hash is null
from audit_heads h left join application_events e on e.application_id = h.application_id and e.version = h.version
where e.hash is distinct from h.hash order by h.application_id, h.version limit $1
