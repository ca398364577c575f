-- Policies that breaks of a run are about and that are not any more what the run was given: they came or changed while it was under
-- way, when nobody could see the breaks. They are looked at again. $1 run, $2 insurer.
insert into break_checks (insurer_id, key, policy_number)
select $2, p.key, p.policy_number
from (select distinct unnest(f.keys) key from run_breaks f where f.run_id = $1 and f.kind <> 'not_due_yet') concerned
join policies p on p.insurer_id = $2 and p.key = concerned.key
where p.issued_at is not null and not exists (
    select from run_policies r
    where r.run_id = $1 and r.key = p.key and r.policy_number = p.policy_number and r.refund = p.refund
        and r.cancelled_from is not distinct from p.cancelled_from)
order by p.key, p.policy_number
