-- Registers, newest first. $1 insurer or null, $2 before which one or null, $3 how many.
select id, insurer_id, period_from, period_to, encode(sha256, 'hex'), encode(description_sha256, 'hex'), file_name, source,
    received_by, received_at, bytes, currency, lines, unreadable, premium, commission, refund, reading, lines_dropped_at
from registers
where ($1::text is null or insurer_id = $1) and ($2::bigint is null or id < $2)
order by id desc limit $3
