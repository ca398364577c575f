-- Whether nobody else rebuilds.
select pg_try_advisory_xact_lock(hashtext('rebuild projections'))
