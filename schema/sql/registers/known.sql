-- The register that was made of the same file in the same way, and whether it has lost its lines.
-- $1 insurer, $2 first day, $3 last day, $4 SHA-256 of the file, $5 SHA-256 of the description.
select id, lines_dropped_at is not null
from registers
where insurer_id = $1 and period_from = $2 and period_to = $3 and sha256 = $4 and description_sha256 = $5
