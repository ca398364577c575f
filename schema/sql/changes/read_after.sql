-- Changes behind a sequence, in order. $1 sequence, $2 limit.
select seq, insurer_id, product_id, event, data, traceparent
from catalogue_changes where seq > $1 order by seq limit $2
