-- Moves on, in the transaction of the events. $1 order, $2 insurer and $3 product of the last one told, $4 how many.
update republications set at_insurer = $2, at_product = $3, told = told + $4 where id = $1
