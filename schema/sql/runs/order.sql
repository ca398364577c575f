-- Orders a run of a register, unless its period meets a closed one; one that waits for the same register is answered instead.
-- $1 register, $2 cause, $3 who, $4 why.
with register as (
    select * from registers r where r.id = $1 and r.lines_dropped_at is null and not exists (
        select from closed_periods c where c.insurer_id = r.insurer_id and c.reopened_at is null
            and c.period_from <= r.period_to and r.period_from <= c.period_to)
), waiting as (
    select id from runs where register_id = $1 and state in ('ordered', 'matching') order by id limit 1
), ordered as (
    insert into runs (register_id, insurer_id, period_from, period_to, currency, cause, ordered_by, why)
    select id, insurer_id, period_from, period_to, currency, $2, $3, $4 from register where not exists (select from waiting)
    returning id
)
select id from waiting union all select id from ordered
