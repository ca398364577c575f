-- Holds a catalogue that would withdraw too much. $1 insurer, $2 reason, $3 products before, $4 products after.
insert into held_catalogues (insurer_id, reason, products_before, products_after) values ($1, $2, $3, $4)
on conflict (insurer_id) do update
    set reason = excluded.reason, products_before = excluded.products_before, products_after = excluded.products_after
