-- What the next owner of an insurer has to keep to: failures in a row, and until when it is to be left alone.
alter table insurers
    add column failures int not null default 0,
    add column not_before timestamptz,
    -- Since when it is to be polled: how old a catalogue is that nobody has ever got.
    add column known_since timestamptz not null default now();
