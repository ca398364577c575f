-- What was said each time that a record was tried. $1 number of the letter.
select at, cause, reason, replay_id from dead_letter_history where letter = $1 order by at, id
