-- Joins a filled part to its table. $1 table, $2 number.
select attach_part($1, $2)::text
