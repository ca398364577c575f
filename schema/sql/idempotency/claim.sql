-- Whether this request is the only one under way with its key. $1 scope and key.
select pg_try_advisory_xact_lock(hashtextextended($1, 0))
