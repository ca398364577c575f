-- Breaks that a run has found and that were not known.
-- $1 run, $2 insurer, $3 first day, $4 last day, $5 their state, $6 who.
with added as (
    insert into breaks (insurer_id, period_from, period_to, break_id, kind, state, first_run, last_run, policies, lines, keys, ours,
        theirs, difference, tariff_says, explanation_ru, explanation_en, opened_at, changed_at)
    select $2, $3, $4, f.break_id, f.kind, $5, $1, $1, f.policies, f.lines, f.keys, f.ours, f.theirs, f.difference, f.tariff_says,
        f.explanation_ru, f.explanation_en, statement_timestamp(), statement_timestamp()
    from run_breaks f
    where f.run_id = $1 and f.kind <> 'not_due_yet' and not exists (
        select from breaks b
        where b.insurer_id = $2 and b.period_from = $3 and b.period_to = $4 and b.break_id = f.break_id)
    order by f.ordinal
    returning id, state, ours, theirs, difference
)
insert into break_history (break, at, by, what, state, run_id, ours, theirs, difference)
select id, statement_timestamp(), $6, 'found', state, $1, ours, theirs, difference from added order by id
