-- All known tariff versions of a product, newest first. $1 insurer, $2 product.
select tariff_id, version, name, currency, premium, valid_from, valid_to, known_from, known_to
from tariffs where insurer_id = $1 and product_id = $2
order by tariff_id, version desc
