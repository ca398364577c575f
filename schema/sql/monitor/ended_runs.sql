-- By insurer: when its last run was done, in seconds since 1970, and how many it took; how many runs of the last seven days have failed
-- without another one of the same period being done since.
select r.insurer_id,
    extract(epoch from max(r.finished_at) filter (where r.state = 'done'))::float8,
    (array_agg(extract(epoch from r.finished_at - r.started_at)::float8 order by r.id desc) filter (where r.state = 'done'))[1],
    (count(*) filter (where r.state = 'failed' and r.finished_at > clock_timestamp() - interval '7 days'
        and not exists (select from runs later where later.insurer_id = r.insurer_id and later.id > r.id and later.state = 'done'
            and later.period_from = r.period_from and later.period_to = r.period_to)))::float8
from runs r
group by r.insurer_id
