-- Lines that cannot be read, in the order of the register. $1 register, $2 after which line, $3 how many.
select number, sheet, wrong, text from register_unreadable where register_id = $1 and number > $2 order by number limit $3
