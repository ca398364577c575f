-- Standing breaks of periods that are not closed, about these keys. Keys are looked up one by one: many at once are taken for so many
-- breaks that all are read. $1 insurer, $2 keys.
select distinct on (b.id) b.id, b.last_run, b.break_id, b.state, b.policies, b.lines, b.keys
from unnest($2::text[]) wanted (key)
cross join lateral (
    select * from breaks b where b.state <> 'corrected' and b.keys @> array[wanted.key collate "C"] offset 0
) b
where b.insurer_id = $1 and not exists (select from closed_periods c where c.insurer_id = b.insurer_id and c.reopened_at is null
    and c.period_from = b.period_from and c.period_to = b.period_to)
order by b.id
