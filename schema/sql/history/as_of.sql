-- What we knew to be offered at a time. $1 time, $2 insurer or null, $3 product or null, $4 day for which tariffs must be
-- valid or null, $5 insurer and $6 product of the last one seen, $7 how many.
select p.insurer_id, p.product_id, p.revision, p.line, p.name, p.known_from, p.known_to,
    coalesce((
        select json_agg(json_build_object(
            'tariff_id', t.tariff_id, 'version', t.version, 'name', t.name, 'premium', t.premium::text,
            'currency', t.currency, 'valid_from', t.valid_from, 'valid_to', t.valid_to, 'known_from', t.known_from)
            order by t.tariff_id)
        from tariff_versions t
        where t.insurer_id = p.insurer_id and t.product_id = p.product_id
            and t.known_from <= $1 and (t.known_to is null or t.known_to > $1)
            and ($4::date is null
                or coalesce(t.valid_from, '-infinity') <= $4 and coalesce(t.valid_to, 'infinity') >= $4)
    ), '[]') as tariffs
from product_versions p
where p.known_from <= $1 and (p.known_to is null or p.known_to > $1) and p.kind <> 'withdrawn'
    and ($2::text is null or p.insurer_id = $2) and ($3::text is null or p.product_id = $3)
    and (p.insurer_id, p.product_id) > ($5, $6)
order by p.insurer_id, p.product_id limit $7
