-- The first and last sequence that can be read.
select coalesce(min(seq), 0), coalesce(max(seq), 0) from catalogue_changes
