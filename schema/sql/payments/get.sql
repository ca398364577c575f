-- A request to the provider. $1 idempotency key.
select application_id, kind, attempt, currency, amount, description, payment_id, state, deadline from payments
where idempotency_key = $1
