-- How many runs are in each state, those without any as well.
select known.state, count(r.id)::float8
from unnest(array['ordered', 'matching', 'done', 'failed']) known (state)
left join runs r on r.state = known.state
group by known.state
