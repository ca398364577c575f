-- Everything that happened to a break. $1 its number.
select at, by, what, state, owner, run_id, ours, theirs, difference, why from break_history where break = $1 order by id
