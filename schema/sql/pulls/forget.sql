-- Forgets what was planned for insurers whose registers are not fetched any more. $1 those whose registers are, or may be.
delete from pulls where done_at is null and not insurer_id = any ($1)
