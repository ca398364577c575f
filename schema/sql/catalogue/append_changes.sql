-- Publishes changes to browsers, last in the transaction: from here to the commit nobody else can.
with appended as (
    insert into catalogue_changes (insurer_id, product_id, event, data, traceparent)
    select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[])
    returning insurer_id, product_id, seq
)
update products p set change_seq = a.seq
from appended a where p.insurer_id = a.insurer_id and p.product_id = a.product_id
