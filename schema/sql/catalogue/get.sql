-- One product. $1 insurer, $2 product.
select insurer_id, product_id, insurer_name, revision, line, name, description, url, currency, premium, changed_at,
    withdrawn
from products where insurer_id = $1 and product_id = $2
