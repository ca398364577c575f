-- Breaks that a run does not find any more.
-- $1 run, $2 insurer, $3 first day, $4 last day, $5 states, $6 what happens in them, $7 the states after that, $8 who, $9 why.
with gone as (
    update breaks b set state = r.after, changed_at = statement_timestamp()
    from unnest($5::text[], $6::text[], $7::text[]) r (before, what, after)
    where b.insurer_id = $2 and b.period_from = $3 and b.period_to = $4 and b.last_run < $1
        and r.before = b.state and r.what = 'gone'
    returning b.id, b.state, b.owner
)
insert into break_history (break, at, by, what, state, owner, run_id, why)
select id, statement_timestamp(), $8, 'gone', state, owner, $1, $9 from gone order by id
