-- A break that an event brought to light. $1 insurer, $2 first day, $3 last day, $4 identity, $5 kind, $6 state, $7 the run whose
-- register it is in, $8 policies, $9 lines, $10 keys, $11 ours, $12 theirs, $13 difference, $14 whom the tariff confirms,
-- $15 explanation in Russian, $16 in English, $17 who, $18 why.
with added as (
    insert into breaks (insurer_id, period_from, period_to, break_id, kind, state, first_run, last_run, policies, lines, keys, ours,
        theirs, difference, tariff_says, explanation_ru, explanation_en, opened_at, changed_at)
    values ($1, $2, $3, $4, $5, $6, $7, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, statement_timestamp(), statement_timestamp())
    returning id, state, ours, theirs, difference
)
insert into break_history (break, at, by, what, state, ours, theirs, difference, why)
select id, statement_timestamp(), $17, 'found', state, ours, theirs, difference, $18 from added
