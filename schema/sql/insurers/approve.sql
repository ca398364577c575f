-- Approves what is held for an insurer. $1 insurer, $2 who.
update held_catalogues set approved_at = now(), approved_by = $2 where insurer_id = $1
