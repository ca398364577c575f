-- Ends a run with its result, once. $1 run, $2 policies, $3 lines, $4 breaks, $5 totals, $6 hash of the result.
update runs set state = 'done', finished_at = clock_timestamp(), done_policies = $2, done_lines = $3, breaks = $4, totals = $5,
    result_sha256 = $6, error = null
where id = $1 and state = 'matching'
