-- Whether an insurer was ever to be polled. $1 insurer.
select from insurers where insurer_id = $1
