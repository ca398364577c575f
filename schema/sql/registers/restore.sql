-- A register that has lost its lines was given again: it gets them back. Answers nothing when it has them.
-- $1 register, $2 numbering, $3 name of the file, $4 source, $5 who.
update registers
set lines_dropped_at = null, received_at = now(), numbering = $2, file_name = $3, source = $4, received_by = $5
where id = $1 and lines_dropped_at is not null
returning id
