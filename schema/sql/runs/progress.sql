-- How far a run is. $1 run, $2 policies, $3 lines.
update runs set done_policies = $2, done_lines = $3 where id = $1 and state = 'matching'
