-- Since when an insurer is to be polled again: a catalogue grows no older while somebody wants the insurer to rest.
alter table insurer_orders add column resumed_at timestamptz;
