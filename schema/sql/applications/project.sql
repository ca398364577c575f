-- Puts the state of an application into the list.
insert into applications
    (application_id, version, status, insurer_id, product_id, product_name, tariff_id, currency, premium, paid, to_refund,
    refunded, person_id, policy_number, created_at, changed_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $15)
on conflict (application_id) do update
    set version = excluded.version, status = excluded.status, paid = excluded.paid, to_refund = excluded.to_refund,
        refunded = excluded.refunded, person_id = excluded.person_id, policy_number = excluded.policy_number,
        changed_at = excluded.changed_at
