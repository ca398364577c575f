-- The next products after one, of one insurer or of all. $1 insurer or null, $2 insurer and $3 product of the last one,
-- $4 how many.
select insurer_id, product_id, revision, state from products
where (insurer_id, product_id) > ($2, $3) and ($1::text is null or insurer_id = $1)
order by insurer_id, product_id limit $4
