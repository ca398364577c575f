-- Streams that have grown since the last checkpoint.
select count(distinct application_id) from audit_pending
