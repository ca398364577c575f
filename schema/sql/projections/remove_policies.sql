-- Policies that no event speaks of, and those that belong to another application than the events say.
delete from policies u where not exists (
    select from rebuilt_policies r where r.policy_number = u.policy_number and r.application_id = u.application_id
)
