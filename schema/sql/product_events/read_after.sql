-- The next rows of the outbox in order, up to a number of rows and of bytes, one row at least. Sent ones come without
-- their payload: they only close the sequence. $1 last sequence read, $2 most rows, $3 most bytes.
select seq, done, id, topic, key, type, payload, headers, created_at
from (
    select *, coalesce(sum(octet_length(payload)) over (order by seq rows between unbounded preceding and 1 preceding), 0)
        as bytes_before
    from (
        select seq, sent is not null as done, id, topic, key, type,
            case when sent is null then payload end as payload,
            case when sent is null then headers end as headers,
            created_at
        from product_events where seq > $1 order by seq limit $2
    ) page
) sized
where bytes_before < $3
order by seq
