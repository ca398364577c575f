-- What a register is about. $1 register.
select insurer_id, period_from, period_to from registers where id = $1
