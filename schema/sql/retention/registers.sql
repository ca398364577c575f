-- Registers that came so long ago, whose runs have all lost their input. $1 seconds.
select g.id from registers g
where g.lines_dropped_at is null and g.received_at < now() - make_interval(secs => $1)
    and not exists (select from runs r where r.register_id = g.id and r.input_dropped_at is null)
order by g.id limit 10
