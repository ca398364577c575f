-- Tells whoever watches that applications have changed. $1 applications.
select pg_notify('applications', id::text) from unnest($1::uuid[]) as changed (id)
