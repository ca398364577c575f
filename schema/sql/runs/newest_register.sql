-- The register of these days that came last. $1 insurer, $2 first day, $3 last day.
select id from registers where insurer_id = $1 and period_from = $2 and period_to = $3 order by id desc limit 1
