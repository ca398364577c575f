-- What is known of a register once it is read to its end.
-- $1 register, $2 lines, $3 lines that cannot be read, $4 premium, $5 commission, $6 refund, $7 what was seen while reading.
update registers set lines = $2, unreadable = $3, premium = $4, commission = $5, refund = $6, reading = $7 where id = $1
