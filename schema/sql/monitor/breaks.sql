-- How many breaks stand, by insurer, kind and state.
select insurer_id, kind, state, count(*)::float8 from breaks group by insurer_id, kind, state
