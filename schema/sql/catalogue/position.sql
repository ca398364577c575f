-- The sequence of the newest change that a reader of the catalogue sees.
select coalesce(max(seq), 0) from catalogue_changes
