-- The next number of a policy.
select nextval('policy_numbers')
