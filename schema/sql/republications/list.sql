-- The last orders, newest first.
select id, insurer_id, per_second, ordered_by, ordered_at, told, finished_at from republications order by id desc limit 20
