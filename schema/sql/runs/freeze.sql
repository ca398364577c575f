-- Freezes what a run depends on. It copies what was sold: policies issued in the period, and earlier ones that the register names;
-- the premium expected of each is that of the tariff as it was known when the policy was issued. What was applied of the topics is
-- noted of the same moment: it is one statement, which sees one state of the database.
-- $1 run, $2 insurer, $3 currency, $4 register, $5 first day, $6 last day, $7 time zone of the insurer, $8 day where the insurer is,
-- $9 rules, $10 their hash.
with sold as (
    select p.* from policies p
    where p.insurer_id = $2 and p.currency = $3
        and p.issued_at >= $5::date::timestamp at time zone $7
        and p.issued_at < ($6::date + 1)::timestamp at time zone $7
    union all
    select p.* from policies p
    where p.insurer_id = $2 and p.currency = $3 and p.issued_at < $5::date::timestamp at time zone $7
        and exists (select from register_lines l where l.register_id = $4 and l.key = p.key)
), copied as (
    insert into run_policies
        (run_id, key, policy_number, application_id, product_id, tariff_id, tariff_version, premium, expected_premium, issued_on,
        starts_on, ends_on, cancelled_from, refund)
    select distinct on (p.key, p.policy_number)
        $1::bigint, p.key, p.policy_number, p.application_id, p.product_id, p.tariff_id, p.tariff_version, p.premium, t.premium,
        (p.issued_at at time zone $7)::date, p.starts_on, p.ends_on, p.cancelled_from, p.refund
    from sold p
    left join tariffs t on t.insurer_id = p.insurer_id and t.product_id = p.product_id and t.tariff_id = p.tariff_id
        and t.known_from <= p.issued_at and (t.known_to is null or p.issued_at < t.known_to)
    order by p.key, p.policy_number, t.version desc
    returning 1
)
update runs set frozen_at = clock_timestamp(), today = $8, rules = $9, rules_sha256 = $10, policies = (select count(*) from copied),
    positions = coalesce((
        select json_object_agg(topic, partitions order by topic)
        from (select topic, json_object_agg(partition, next_offset order by partition) partitions from consumer_offsets group by topic) t
    ), '{}')
where id = $1 and frozen_at is null
