-- Who orders, closes or reopens periods of an insurer waits for the others, until the transaction ends. $1 insurer.
select pg_advisory_xact_lock(hashtextextended('period/' || $1, 0))::text
