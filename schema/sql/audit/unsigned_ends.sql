-- Streams whose end no checkpoint covers and none is to cover. $1 how many.
select ends.application_id, ends.version
from (select application_id, max(version) as version from application_events group by application_id) ends
left join (select application_id, max(version) as version from audit_heads group by application_id) covered
    on covered.application_id = ends.application_id
where (covered.version is null or covered.version < ends.version)
    and not exists (select from audit_pending p where p.application_id = ends.application_id)
order by ends.application_id limit $1
