-- Lines of these keys, and lines without a key at these places. Keys are looked up one by one: nobody may have counted yet what a
-- register has. $1 register, $2 keys, $3 places.
select l.number, l.policy_number, l.product, l.premium, l.commission, l.issued_on, l.starts_on, l.ends_on, l.cancelled,
    l.cancelled_from, l.refund
from (
    select l.* from unnest($2::text[]) wanted (key)
    cross join lateral (select * from register_lines l where l.register_id = $1 and l.key = wanted.key collate "C" offset 0) l
    union all
    select * from register_lines l where l.register_id = $1 and l.key = '' and l.number = any ($3)
) l
order by l.key, l.number
