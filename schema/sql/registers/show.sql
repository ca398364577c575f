-- A register. $1 its number.
select id, insurer_id, period_from, period_to, encode(sha256, 'hex'), encode(description_sha256, 'hex'), file_name, source,
    received_by, received_at, bytes, currency, lines, unreadable, premium, commission, refund, reading, lines_dropped_at
from registers where id = $1
