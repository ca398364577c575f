-- What a run was matched by, as long as its register has its lines and these have the keys that they had then. $1 run.
select r.register_id, r.period_from, r.period_to, r.currency, r.today, r.rules
from runs r
join registers g on g.id = r.register_id
where r.id = $1 and r.today is not null and g.lines_dropped_at is null and g.numbering::jsonb = r.rules::jsonb -> 'numbering'
