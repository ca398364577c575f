-- The answer to an earlier request with this key. $1 scope, $2 key.
select request_hash, status, body from idempotency_keys where scope = $1 and key = $2 order by created_at desc limit 1
