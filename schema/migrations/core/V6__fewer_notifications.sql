-- Transactions that notify commit one after the other, each waiting for the disk alone. What buyers do must not: who watches an
-- application is told after the commit, many at once (applications/tell.sql), and timekeepers are woken only for what is due
-- before they would look anyway.
drop trigger applications_changed on applications;
drop function applications_changed();

drop trigger timers_changed on timers;
create trigger timers_changed after insert or update of due_at on timers
    for each row when (new.due_at < clock_timestamp() + interval '2 seconds') execute function timers_changed();
