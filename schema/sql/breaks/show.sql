-- A break, and the keys of what it is about. $1 its number.
select id, insurer_id, period_from, period_to, break_id, kind, state, owner, first_run, last_run, policies, lines, ours, theirs,
    difference, tariff_says, explanation_ru, explanation_en, opened_at, changed_at, keys
from breaks where id = $1
