-- The first of these breaks whose period is closed, with which run and by whom. $1 their numbers.
select b.id, c.run_id, c.closed_by
from breaks b
join closed_periods c on c.insurer_id = b.insurer_id and c.period_from = b.period_from and c.period_to = b.period_to
    and c.reopened_at is null
where b.id = any ($1)
order by b.id limit 1
