-- All orders: insurer, paused, period in seconds or null, when to poll at once or null.
select insurer_id, paused, extract(epoch from every)::float8, poll_now_at from insurer_orders
