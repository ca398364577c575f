-- A policy, with the tariff as it was known when the policy was issued. $1 number.
select p.policy_number, p.application_id, p.revision, p.insurer_id, p.product_id, p.tariff_id, p.tariff_version, p.line, p.currency,
    p.premium, p.starts_on, p.ends_on, p.issued_at, p.cancelled_from, p.refund, t.version, t.premium
from policies p
left join lateral (
    select version, premium from tariffs t
    where t.insurer_id = p.insurer_id and t.product_id = p.product_id and t.tariff_id = p.tariff_id
        and t.known_from <= p.issued_at and (t.known_to is null or p.issued_at < t.known_to)
    order by version desc limit 1
) t on true
where p.policy_number = $1
