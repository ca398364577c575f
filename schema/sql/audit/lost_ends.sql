-- Applications whose list and stream do not end at the same version. $1 how many.
select coalesce(a.application_id, e.application_id), coalesce(a.version, 0), coalesce(e.version, 0)
from applications a
full join (select application_id, max(version) as version from application_events group by application_id) e
    on e.application_id = a.application_id
where a.version is distinct from e.version order by 1 limit $1
