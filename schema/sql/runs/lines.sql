-- Their side of a run, in the order of the merge. $1 register.
select number, policy_number, product, premium, commission, issued_on, starts_on, ends_on, cancelled, cancelled_from, refund
from register_lines where register_id = $1 order by key, number
