-- Drops a part. $1 table, $2 number.
select drop_part($1, $2)::text
