-- Locks what is remembered of an insurer: whoever writes its catalogue or repeats it takes turns. $1 insurer.
insert into insurers (insurer_id) values ($1)
on conflict (insurer_id) do update set insurer_id = excluded.insurer_id
