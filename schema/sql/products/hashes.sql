-- The fingerprint of what is known of an insurer's products, to see without a transaction that nothing has changed.
select product_id, content_hash from products where insurer_id = $1 and not withdrawn
