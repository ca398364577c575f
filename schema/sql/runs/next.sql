-- The next run to be worked on.
select id, insurer_id from runs where state in ('ordered', 'matching') order by id limit 1
