-- Makes a part of its own, still apart from its table; answers its name. $1 table, $2 number of the register or run.
select begin_part($1, $2)
