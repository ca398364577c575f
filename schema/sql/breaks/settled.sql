-- Breaks that an event has settled. $1 their numbers, $2 their states, $3 why, $4 who.
with settled as (
    update breaks b set state = s.after, changed_at = statement_timestamp()
    from unnest($1::bigint[], $2::text[], $3::text[]) s (id, after, why)
    where b.id = s.id
    returning b.id, b.state, b.owner, s.why
)
insert into break_history (break, at, by, what, state, owner, why)
select id, statement_timestamp(), $4, 'gone', state, owner, why from settled order by id
