-- Notes that a pull failed, and when it is tried again. $1 insurer, $2 when it was due, $3 why, $4 when.
update pulls set attempts = attempts + 1, last_error = $3, next_attempt_at = $4
where insurer_id = $1 and due = $2 and done_at is null
