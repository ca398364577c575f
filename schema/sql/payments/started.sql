-- The provider has made a payment; the first name that it gives stays. $1 idempotency key, $2 its name of the payment.
update payments set payment_id = coalesce(payment_id, $2), state = case when state = 'asked' then 'started' else state end, changed_at = now()
where idempotency_key = $1
