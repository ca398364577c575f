-- What was built and what is in use differ in: table, application, how, and how many there are. The first of them.
with differing as (
    select 'applications' as relation, coalesce(u.application_id, r.application_id) as application_id,
        case when u.application_id is null then 'missing' when r.application_id is null then 'unfounded' else 'differs' end as how
    from applications u full join rebuilt_applications r on r.application_id = u.application_id
    where u.* is distinct from r.*
    union all
    select 'policies', coalesce(u.application_id, r.application_id),
        case when u.application_id is null then 'missing' when r.application_id is null then 'unfounded' else 'differs' end
    from policies u full join rebuilt_policies r on r.policy_number = u.policy_number
    where u.* is distinct from r.*
)
select relation, application_id, how, count(*) over () from differing order by relation, application_id limit 20
