-- A page of products. $1 line or null, $2 insurer or null, $3 text or null, $4 sort, $5 limit,
-- $6 and $7 and $8 the sort value, insurer and product of the last one seen, or null.
select insurer_id, product_id, insurer_name, revision, line, name, description, url, currency, premium, changed_at,
    sort_value
from (
    select *,
        case $4
            when 'premium' then coalesce(to_char(premium, 'FM0000000000000000.0000'), 'z')
            when '-premium' then coalesce(to_char(9999999999999999 - premium, 'FM0000000000000000.0000'), 'z')
            when 'insurer' then lower(insurer_name)
            else lower(name)
        end as sort_value
    from products
    where not withdrawn
        and ($1::text is null or line = $1)
        and ($2::text is null or insurer_id = $2)
        and ($3::text is null or search like '%' || lower($3) || '%')
) p
where $6::text is null or (sort_value, insurer_id, product_id) > ($6, $7, $8)
order by sort_value, insurer_id, product_id
limit $5
