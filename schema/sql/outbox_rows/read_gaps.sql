-- Rows that became visible inside gaps of the sequence. $1 first and $2 last sequence of each gap.
select p.seq, p.sent is not null as done, p.id, p.topic, p.key, p.type,
    case when p.sent is null then p.payload end as payload,
    case when p.sent is null then p.headers end as headers,
    p.created_at
from unnest($1::bigint[], $2::bigint[]) as gap (first, last)
join outbox p on p.seq between gap.first and gap.last
order by p.seq
