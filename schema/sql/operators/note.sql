-- Notes what an operator did. $1 who, $2 what, $3 to what, $4 why.
insert into operator_log (by, action, subject, why) values ($1, $2, $3, $4)
