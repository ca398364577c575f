-- Writes messages in the caller's open transaction. One array for each column.
insert into outbox (id, topic, key, type, payload, headers)
select * from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::bytea[], $6::json[])
