-- Publishes changes to browsers, last in the transaction: from here to the commit nobody else can.
-- One array for each column.
insert into catalogue_changes (insurer_id, product_id, event, data, traceparent)
select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[])
