-- What operators did, newest first. $1 how many.
select at, by, action, subject, why from operator_log order by id desc limit $1
