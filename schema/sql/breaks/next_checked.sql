-- The insurer whose changed policies have waited longest to be looked at, besides these. While a run is under way they wait for its
-- end: only then the breaks stand that it finds. $1 insurers.
select c.insurer_id from break_checks c
where c.insurer_id <> all ($1) and not exists (select from runs w where w.insurer_id = c.insurer_id and w.state = 'matching')
order by c.id limit 1
