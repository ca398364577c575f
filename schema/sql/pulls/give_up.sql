-- Ends the wait for a register that will not be taken. $1 insurer, $2 when it was due, $3 why.
update pulls set attempts = attempts + 1, last_error = $3, done_at = now()
where insurer_id = $1 and due = $2 and done_at is null
