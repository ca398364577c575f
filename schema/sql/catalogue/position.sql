-- The sequence of the newest change that a reader of the catalogue sees.
select coalesce(max(change_seq), 0) from products
