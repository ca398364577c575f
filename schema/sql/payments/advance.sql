-- What became of a request. Money that has come is not undone by a refusal that arrives late, and a refusal of another payment,
-- or of none, says nothing of this one. $1 idempotency key, $2 state, $3 the provider's name of the payment or null.
update payments set state = $2, payment_id = coalesce($3, payment_id), changed_at = now()
where idempotency_key = $1
    and ($2 <> 'failed' or (state <> 'succeeded' and (payment_id is null or payment_id = $3::text)))
