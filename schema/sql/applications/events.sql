-- The stream of an application. $1 application.
select version, type, payload, occurred_at, actor, why, trace_id, hash from application_events
where application_id = $1 order by version
