-- Says that an instance no longer takes part. $1 pool, $2 owner.
delete from lease_members where pool = $1 and owner = $2
