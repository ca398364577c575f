-- With whom these breaks are. $1 their numbers.
select distinct insurer_id from breaks where id = any ($1) order by insurer_id
