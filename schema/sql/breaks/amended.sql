-- What a standing break is about after an event, and what happened to it, if its amounts differ.
-- $1 break, $2 state, $3 policies, $4 lines, $5 keys, $6 ours, $7 theirs, $8 difference, $9 whom the tariff confirms,
-- $10 explanation in Russian, $11 in English, $12 what happened or null, $13 who, $14 why.
with amended as (
    update breaks set state = $2, policies = $3, lines = $4, keys = $5, ours = $6, theirs = $7, difference = $8, tariff_says = $9,
        explanation_ru = $10, explanation_en = $11,
        changed_at = case when $12::text is null then changed_at else statement_timestamp() end
    where id = $1
    returning id, state, owner, ours, theirs, difference
)
insert into break_history (break, at, by, what, state, owner, ours, theirs, difference, why)
select id, statement_timestamp(), $13, $12, state, owner, ours, theirs, difference, $14 from amended where $12::text is not null
