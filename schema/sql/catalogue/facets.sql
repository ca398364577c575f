-- Lines and insurers on offer, with how many products each has.
select line, insurer_id, max(insurer_name), count(*) from products where not withdrawn group by line, insurer_id
