-- A hash of what is said of a break, without the places of its lines: by this it is known in the next run whether anything differs.
-- Absent in what was found before.
alter table run_breaks add column content bytea;
