-- Opens the period again that was closed with a run. $1 run, $2 who, $3 why.
update closed_periods set reopened_at = clock_timestamp(), reopened_by = $2, reopened_why = $3
where run_id = $1 and reopened_at is null
