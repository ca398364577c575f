-- Plans the pulls of an insurer. Those that were planned for later and are not among these are not wanted any more; one that has
-- passed stays as it was planned.
-- $1 insurer, $2 now, $3 times, $4 first days, $5 last days.
with unwanted as (
    delete from pulls where insurer_id = $1 and done_at is null and due > $2 and not due = any ($3)
)
insert into pulls (insurer_id, due, period_from, period_to, next_attempt_at)
select $1, wanted.due, wanted.period_from, wanted.period_to, wanted.due
from unnest($3::timestamptz[], $4::date[], $5::date[]) wanted (due, period_from, period_to)
on conflict (insurer_id, due) do update
set period_from = excluded.period_from, period_to = excluded.period_to
where pulls.done_at is null and pulls.due > $2
