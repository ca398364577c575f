-- Changed policies of an insurer that are to be looked at, unless a run is under way. $1 insurer, $2 how many.
select c.id, c.key, c.policy_number from break_checks c
where c.insurer_id = $1 and not exists (select from runs w where w.insurer_id = $1 and w.state = 'matching')
order by c.id limit $2
