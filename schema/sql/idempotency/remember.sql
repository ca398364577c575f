-- Remembers an answer, in the transaction of what it says. $1 scope, $2 key, $3 hash of the request, $4 status, $5 body.
insert into idempotency_keys (scope, key, request_hash, status, body) values ($1, $2, $3, $4, $5)
