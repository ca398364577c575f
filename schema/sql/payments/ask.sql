-- Takes requests to the provider, and sets a timer for each that is new. One array for each column.
with asked as (
    insert into payments (idempotency_key, application_id, kind, attempt, currency, amount, description, deadline, payment_id)
    select * from unnest($1::text[], $2::uuid[], $3::text[], $4::int[], $5::text[], $6::numeric[], $7::text[],
        $8::timestamptz[], $9::text[])
    on conflict (idempotency_key) do nothing
    returning application_id, idempotency_key
)
insert into timers (application_id, kind, reference, due_at, since)
select application_id, 'call', idempotency_key, clock_timestamp(), clock_timestamp() from asked
on conflict (application_id, kind, reference) do nothing
