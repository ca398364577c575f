-- The current tariff of a product that is on offer. $1 insurer, $2 product, $3 tariff.
select p.insurer_name, p.name, p.line, p.revision, t.name, t.version, t.currency, t.premium, t.valid_from, t.valid_to
from products p join tariffs t using (insurer_id, product_id)
where p.insurer_id = $1 and p.product_id = $2 and t.tariff_id = $3 and not p.withdrawn and t.known_to is null
    and t.premium is not null
