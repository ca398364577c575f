-- Forgets policies that were looked at. $1 their places in the queue.
delete from break_checks where id = any ($1)
