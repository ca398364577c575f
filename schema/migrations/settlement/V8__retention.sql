-- What is large goes after a time: lines of registers, copies of policies, matches. What was found stays.
alter table registers add column lines_dropped_at timestamptz;
alter table runs add column input_dropped_at timestamptz;
