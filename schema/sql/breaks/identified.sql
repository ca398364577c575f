-- Breaks of a period, by their identities; each is looked up by itself, for the reason given in seen.
-- $1 insurer, $2 first day, $3 last day, $4 identities.
select b.break_id, b.id, b.state, b.ours, b.theirs, b.difference
from unnest($4::text[]) wanted (break_id)
cross join lateral (
    select * from breaks b
    where b.insurer_id = $1 and b.period_from = $2 and b.period_to = $3 and b.break_id = wanted.break_id
    offset 0
) b
