-- What is known of an insurer's products, in few bytes each. $1 insurer.
select product_id, content_hash, withdrawn from products where insurer_id = $1
