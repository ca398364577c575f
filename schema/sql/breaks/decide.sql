-- What somebody decided upon breaks. $1 their numbers, $2 their states, $3 whether they get another owner, $4 that owner or null,
-- $5 who, $6 why.
with decided as (
    update breaks b set state = d.state, owner = case when $3 then $4::text else b.owner end, changed_at = statement_timestamp()
    from unnest($1::bigint[], $2::text[]) d (id, state)
    where b.id = d.id
    returning b.id, b.state, b.owner, b.ours, b.theirs, b.difference
)
insert into break_history (break, at, by, what, state, owner, ours, theirs, difference, why)
select id, statement_timestamp(), $5, 'decided', state, owner, ours, theirs, difference, $6 from decided order by id
