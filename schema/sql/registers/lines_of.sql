-- A few lines of a register, in its order. $1 register, $2 their numbers.
select number, policy_number, product, premium, commission, issued_on, starts_on, ends_on, cancelled, cancelled_from, refund
from register_lines where register_id = $1 and number = any ($2) order by number
