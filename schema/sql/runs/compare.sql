-- What two finished runs have found, by the identity of breaks: new, gone, changed and the same, as it was and as it is; the first of
-- each says how many there are. One that says the same of lines at other places is the same: line numbers are others in every register.
-- $1 the earlier run, $2 the later one, $3 how many of each are listed; of the same ones one stands for all.
with found as (
    select break_id, coalesce(l.ordinal, e.ordinal) ordinal, case
        when e.break_id is null then 'new'
        when l.break_id is null then 'gone'
        when (e.policies, e.ours, e.theirs, e.difference, e.tariff_says)
            is distinct from (l.policies, l.ours, l.theirs, l.difference, l.tariff_says) then 'changed'
        when e.content <> l.content then 'changed'
        else 'same' end what
    from (select * from run_breaks where run_id = $1) e
    full join (select * from run_breaks where run_id = $2) l using (break_id)
), placed as (
    select what, break_id, count(*) over (partition by what) together, row_number() over (partition by what order by ordinal) place
    from found
)
select p.what, case p.place when 1 then p.together else 0 end, e.ordinal, e.break_id, e.kind, e.policies, e.lines, e.ours, e.theirs, e.difference, e.tariff_says,
    e.explanation_ru, e.explanation_en, l.ordinal, l.break_id, l.kind, l.policies, l.lines, l.ours, l.theirs, l.difference,
    l.tariff_says, l.explanation_ru, l.explanation_en
from placed p
left join run_breaks e on e.run_id = $1 and e.break_id = p.break_id
left join run_breaks l on l.run_id = $2 and l.break_id = p.break_id
where p.place <= case p.what when 'same' then 1 else $3::bigint end
order by p.what, p.place
