-- The answer to an earlier request with this key, of the last day: other partitions are not looked at. $1 scope, $2 key.
select request_hash, status, body from idempotency_keys
where scope = $1 and key = $2 and created_at between now() - interval '1 day' and now() + interval '1 hour'
order by created_at desc limit 1
