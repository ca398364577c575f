-- Runs, newest first. $1 insurer or null, $2 before which run or null, $3 how many.
select r.id, r.register_id, r.insurer_id, r.period_from, r.period_to, r.currency, r.state, r.cause, r.ordered_at, r.ordered_by, r.why,
    r.attempts, r.frozen_at, r.today, r.rules ->> 'version', encode(r.rules_sha256, 'hex'), r.positions, r.policies, g.lines, g.unreadable,
    g.file_name, encode(g.sha256, 'hex'), r.done_policies, r.done_lines, r.started_at, r.finished_at, r.breaks, r.totals,
    encode(r.result_sha256, 'hex'), r.error, c.closed_at, c.closed_by, c.why
from runs r
join registers g on g.id = r.register_id
left join closed_periods c on c.run_id = r.id and c.reopened_at is null
where ($1::text is null or r.insurer_id = $1) and ($2::bigint is null or r.id < $2)
order by r.id desc limit $3
