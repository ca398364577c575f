-- Policies that no event speaks of.
delete from policies u where not exists (select from rebuilt_policies r where r.policy_number = u.policy_number)
