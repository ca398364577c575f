-- Stored events of all applications, stream by stream. $1 application and $2 version of the last one seen, $3 how many.
select application_id, version, type, payload, occurred_at, actor, why, trace_id, hash from application_events
where (application_id, version) > ($1, $2) order by application_id, version limit $3
