-- What a run has found, in the order of the result, with how it stands today. Each is looked up by itself: a page is small beside
-- all breaks of a period. $1 run, $2 after which, $3 how many.
select f.ordinal, f.break_id, f.kind, f.policies, f.lines, f.ours, f.theirs, f.difference, f.tariff_says, f.explanation_ru,
    f.explanation_en, b.state, b.owner
from (select * from run_breaks where run_id = $1 and ordinal > $2 order by ordinal limit $3) f
join runs r on r.id = f.run_id
left join lateral (
    select state, owner from breaks b
    where b.insurer_id = r.insurer_id and b.period_from = r.period_from and b.period_to = r.period_to and b.break_id = f.break_id
    limit 1
) b on true
order by f.ordinal
