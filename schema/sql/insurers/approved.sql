-- Whether an operator has approved an answer of so few products. $1 insurer, $2 products.
select from held_catalogues where insurer_id = $1 and approved_at is not null and products_after <= $2
