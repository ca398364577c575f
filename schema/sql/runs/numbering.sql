-- How the lines of a register got their keys. $1 register.
select numbering from registers where id = $1
