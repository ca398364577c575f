-- Breaks in the order in which they became known.
-- $1 insurer or null, $2 kind or null, $3 state or null, $4 owner, empty for nobody, or null, $5 part of a number or null, $6 first
-- day of the period at the earliest or null, $7 last day of it at the latest or null, $8 behind which, $9 how many.
select id, insurer_id, period_from, period_to, break_id, kind, state, owner, first_run, last_run, policies, lines, ours, theirs,
    difference, tariff_says, explanation_ru, explanation_en, opened_at, changed_at
from breaks
where id > $8 and ($1::text is null or insurer_id = $1) and ($2::text is null or kind = $2) and ($3::text is null or state = $3)
    and ($4::text is null or coalesce(owner, '') = $4)
    and ($5::text is null or position(upper($5) in upper(array_to_string(policies, ' ') || ' ' || break_id)) > 0)
    and ($6::date is null or period_from >= $6) and ($7::date is null or period_to <= $7)
order by id limit $9
