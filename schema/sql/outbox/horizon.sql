-- Transactions below the first have ended; those from the second on had not begun.
select pg_snapshot_xmin(s)::text::bigint, pg_snapshot_xmax(s)::text::bigint from pg_current_snapshot() s
