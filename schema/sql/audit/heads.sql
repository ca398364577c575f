-- Heads of checkpoints, in order. $1 number and $2 application of the last one seen, $3 how many.
select number, application_id, version, hash from audit_heads
where (number, application_id) > ($1, $2) order by number, application_id limit $3
