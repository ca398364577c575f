-- What a run has found, in the order of the result. $1 run, $2 kind or null, $3 part of a number or null, $4 after which, $5 how many.
select ordinal, break_id, kind, policies, lines, ours, theirs, difference, tariff_says, explanation_ru, explanation_en
from run_breaks
where run_id = $1 and ordinal > $4 and ($2::text is null or kind = $2)
    and ($3::text is null or position(upper($3) in upper(array_to_string(policies, ' ') || ' ' || break_id)) > 0)
order by ordinal limit $5
