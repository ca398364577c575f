-- What became of a request. $1 idempotency key, $2 state, $3 the provider's name of the payment or null to keep it.
update payments set state = $2, payment_id = coalesce($3, payment_id), changed_at = now() where idempotency_key = $1
