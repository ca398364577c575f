-- What is known of an insurer's products, locked, so that two pollers of one insurer take turns. $1 insurer.
select product_id, revision, content_hash, state, withdrawn from products where insurer_id = $1 for update
