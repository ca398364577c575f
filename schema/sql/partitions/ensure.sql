-- Makes daily partitions ahead. $1 table, $2 days, $3 storage clause.
select ensure_daily_partitions($1::text::regclass, $2, $3)
