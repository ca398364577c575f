-- Which of these tariff versions no event has told of yet. One array for each of: insurer, product, tariff, version.
select w.insurer_id, w.product_id, w.tariff_id, w.version
from unnest($1::text[], $2::text[], $3::text[], $4::bigint[]) as w (insurer_id, product_id, tariff_id, version)
where not exists (
    select from tariffs t
    where t.insurer_id = w.insurer_id and t.product_id = w.product_id and t.tariff_id = w.tariff_id and t.version = w.version)
