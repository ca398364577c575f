-- Our side of a run, in the order of the merge. $1 run.
select policy_number, application_id, product_id, tariff_id, tariff_version, premium, expected_premium, issued_on, starts_on,
    ends_on, cancelled_from, refund
from run_policies where run_id = $1 order by key, policy_number
