-- The oldest order that is not done.
select id, insurer_id, per_second, ordered_by, at_insurer, at_product from republications
where finished_at is null order by id limit 1
