-- Notes that policies changed of which breaks stand, or may stand once a run has ended. Breaks are counted by the key alone: whoever
-- asks for the insurer as well, or for one break only, may be answered from an index that has to be read to its end.
-- One array for each column. $1 insurers, $2 keys, $3 numbers.
insert into break_checks (insurer_id, key, policy_number)
select c.insurer_id, c.key, c.policy_number
from unnest($1::text[], $2::text[], $3::text[]) c (insurer_id, key, policy_number)
where c.insurer_id = any (array(select w.insurer_id from runs w where w.state in ('ordered', 'matching')))
    or (select count(*) from breaks b where b.state <> 'corrected' and b.keys @> array[c.key collate "C"]) > 0
