-- Notes how the lines of a register got their keys. $1 register, $2 the numbering.
update registers set numbering = $2 where id = $1
