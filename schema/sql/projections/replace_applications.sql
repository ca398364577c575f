-- Puts what was built in place of what differs.
insert into applications
select r.* from rebuilt_applications r left join applications u on u.application_id = r.application_id
where u.* is distinct from r.*
on conflict (application_id) do update
    set (version, status, insurer_id, product_id, product_name, tariff_id, currency, premium, paid, to_refund, refunded,
        person_id, policy_number, created_at, changed_at)
    = (excluded.version, excluded.status, excluded.insurer_id, excluded.product_id, excluded.product_name,
        excluded.tariff_id, excluded.currency, excluded.premium, excluded.paid, excluded.to_refund, excluded.refunded,
        excluded.person_id, excluded.policy_number, excluded.created_at, excluded.changed_at)
