-- Everything we ever knew of a product, oldest first: its revisions and the versions of its tariffs that began with
-- each. $1 insurer, $2 product.
select p.revision, p.kind, p.name, p.known_from, p.known_to,
    coalesce((
        select json_agg(json_build_object(
            'tariff_id', t.tariff_id, 'version', t.version, 'name', t.name, 'premium', t.premium::text,
            'currency', t.currency, 'valid_from', t.valid_from, 'valid_to', t.valid_to, 'known_from', t.known_from)
            order by t.tariff_id)
        from tariff_versions t
        where t.insurer_id = p.insurer_id and t.product_id = p.product_id and t.known_from = p.known_from
    ), '[]') as tariffs
from product_versions p where p.insurer_id = $1 and p.product_id = $2
order by p.revision
