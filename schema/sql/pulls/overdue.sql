-- For how many seconds a register has been waited for that should have been fetched, by insurer.
select insurer_id, extract(epoch from now() - min(due))::float8
from pulls where done_at is null and due <= now() group by insurer_id
