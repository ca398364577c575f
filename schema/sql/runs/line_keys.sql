-- Adds to what a run has found the keys of the lines concerned. $1 run, $2 register.
with wanted as (
    select break_id, unnest(lines) number from run_breaks where run_id = $1
), found as (
    select w.break_id, array_agg(l.key) keys
    from wanted w
    join register_lines l on l.register_id = $2 and l.number = w.number
    group by w.break_id
)
update run_breaks b set keys = array(select distinct key from unnest(b.keys || f.keys) key where key <> '')
from found f where b.run_id = $1 and b.break_id = f.break_id
