-- The application that a policy came of. $1 number of the policy.
select application_id from policies where policy_number = $1
