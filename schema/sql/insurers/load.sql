-- Entity tags remembered for an insurer. $1 insurer.
select etags from insurers where insurer_id = $1
