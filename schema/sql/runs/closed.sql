-- The closed period that these days meet, if any. $1 insurer, $2 first day, $3 last day.
select period_from, period_to, run_id, closed_by from closed_periods
where insurer_id = $1 and reopened_at is null and period_from <= $3 and $2 <= period_to
order by id limit 1
