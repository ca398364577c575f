-- The insurer's catalogue is whole again. $1 insurer.
delete from held_catalogues where insurer_id = $1
