-- Orders that current states be repeated. $1 insurer or null for all, $2 most a second, $3 who.
insert into republications (insurer_id, per_second, ordered_by) values ($1, $2, $3) returning id
