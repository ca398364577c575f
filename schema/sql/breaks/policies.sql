-- Policies of these keys as they are now, of those that a run of the register would be given, with the premium that the tariff asks
-- for as it was known when they were issued.
-- $1 insurer, $2 currency, $3 register, $4 first day, $5 last day, $6 time zone of the insurer, $7 keys.
select p.policy_number, p.application_id, p.product_id, p.tariff_id, p.tariff_version, p.premium, t.premium,
    (p.issued_at at time zone $6)::date, p.starts_on, p.ends_on, p.cancelled_from, p.refund
from unnest($7::text[]) wanted (key)
cross join lateral (select * from policies p where p.insurer_id = $1 and p.key = wanted.key collate "C" offset 0) p
left join lateral (
    select t.premium from tariffs t
    where t.insurer_id = p.insurer_id and t.product_id = p.product_id and t.tariff_id = p.tariff_id
        and t.known_from <= p.issued_at and (t.known_to is null or p.issued_at < t.known_to)
    order by t.version desc limit 1
) t on true
where p.currency = $2 and p.issued_at < ($5::date + 1)::timestamp at time zone $6
    and (p.issued_at >= $4::date::timestamp at time zone $6
        or exists (select from register_lines l where l.register_id = $3 and l.key = p.key))
order by p.key, p.policy_number
