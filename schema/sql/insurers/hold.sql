-- Holds a catalogue that would withdraw too much. An approval is for what somebody has looked at: it ends when an answer
-- lacks even more. $1 insurer, $2 reason, $3 products before, $4 products after.
insert into held_catalogues as h (insurer_id, reason, products_before, products_after) values ($1, $2, $3, $4)
on conflict (insurer_id) do update
    set reason = excluded.reason, products_before = excluded.products_before, products_after = excluded.products_after,
        approved_at = case when excluded.products_after >= h.products_after then h.approved_at end,
        approved_by = case when excluded.products_after >= h.products_after then h.approved_by end
