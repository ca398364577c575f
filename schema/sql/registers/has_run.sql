-- Whether a register was ever to be reconciled. $1 register.
select exists (select from runs where register_id = $1)
