-- Numbers of lines as they are written, in the order of the register. $1 register, $2 after which line, $3 how many.
select number, policy_number, key from register_lines where register_id = $1 and number > $2 order by number limit $3
