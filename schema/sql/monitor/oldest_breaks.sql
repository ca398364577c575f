-- By insurer, in seconds: for how long the oldest open break has been open, the oldest one that nobody owns, and for how long nobody
-- has touched the disputed one that was touched least recently.
select insurer_id,
    coalesce(extract(epoch from clock_timestamp() - min(opened_at) filter (where state = 'open')), 0)::float8,
    coalesce(extract(epoch from clock_timestamp() - min(opened_at) filter (where state = 'open' and owner is null)), 0)::float8,
    coalesce(extract(epoch from clock_timestamp() - min(changed_at) filter (where state = 'disputed')), 0)::float8
from breaks where state in ('open', 'disputed')
group by insurer_id
