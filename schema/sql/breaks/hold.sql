-- Breaks that are decided upon, until the transaction ends. $1 their numbers.
select id, insurer_id, period_from, period_to, break_id, kind, state, owner, first_run, last_run, policies, lines, ours, theirs,
    difference, tariff_says, explanation_ru, explanation_en, opened_at, changed_at
from breaks where id = any ($1) order by id for update
