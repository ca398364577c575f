-- Takes the place of a register before its lines come. Answers nothing when it is there already; waits for whoever is about to
-- give the same one.
-- $1 insurer, $2 first day, $3 last day, $4 SHA-256 of the file, $5 SHA-256 of the description, $6 numbering, $7 name of the file,
-- $8 source, $9 who, $10 bytes, $11 currency.
insert into registers
    (insurer_id, period_from, period_to, sha256, description_sha256, numbering, file_name, source, received_by, bytes, currency,
    lines, unreadable, premium, commission, refund, reading)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 0, 0, 0, 0, 0, '{}')
on conflict (insurer_id, sha256, description_sha256, period_from, period_to) do nothing
returning id
