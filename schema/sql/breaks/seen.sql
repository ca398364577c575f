-- Breaks that were known before and that a run has found: they are what the run says of them. What was corrected is found again; of
-- others it is noted when amounts differ.
-- $1 run, $2 insurer, $3 first day, $4 last day, $5 states, $6 what happens in them, $7 the states after that, $8 who, $9 why a
-- decision does not hold any more.
with rules as (
    select * from unnest($5::text[], $6::text[], $7::text[]) r (before, what, after)
), found as (
    select b.id, b.state, b.owner, f.kind, f.policies, f.lines, f.keys, f.ours, f.theirs, f.difference, f.tariff_says,
        f.explanation_ru, f.explanation_en, again.after again, changed.after changed
    from run_breaks f
    join breaks b on b.insurer_id = $2 and b.period_from = $3 and b.period_to = $4 and b.break_id = f.break_id
    left join rules again on again.before = b.state and again.what = 'found_again'
    left join rules changed on changed.before = b.state and changed.what = 'changed'
        and (b.ours, b.theirs, b.difference) is distinct from (f.ours, f.theirs, f.difference)
    where f.run_id = $1 and b.last_run < $1
), updated as (
    update breaks b set state = coalesce(f.again, f.changed, f.state), last_run = $1, policies = f.policies, lines = f.lines,
        keys = f.keys, ours = f.ours, theirs = f.theirs, difference = f.difference, tariff_says = f.tariff_says,
        explanation_ru = f.explanation_ru, explanation_en = f.explanation_en,
        opened_at = case when f.again is null then b.opened_at else statement_timestamp() end,
        changed_at = case when coalesce(f.again, f.changed) is null then b.changed_at else statement_timestamp() end
    from found f where b.id = f.id and b.insurer_id = $2 and b.period_from = $3 and b.period_to = $4
)
insert into break_history (break, at, by, what, state, owner, run_id, ours, theirs, difference, why)
select id, statement_timestamp(), $8, case when again is null then 'changed' else 'found_again' end, coalesce(again, changed), owner,
    $1, ours, theirs, difference, case when again is null and changed <> state then $9 else '' end
from found where coalesce(again, changed) is not null
order by id
