-- The last told state of some of an insurer's products. $1 insurer, $2 products.
select product_id, revision, content_hash, state from products where insurer_id = $1 and product_id = any($2)
