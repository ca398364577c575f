-- Notes what a run depends on; read in the same snapshot as its policies.
-- $1 run, $2 day where the insurer is, $3 rules, $4 their hash, $5 how many policies.
update runs set frozen_at = clock_timestamp(), today = $2, rules = $3, rules_sha256 = $4, policies = $5,
    positions = coalesce((
        select json_object_agg(topic, partitions order by topic)
        from (select topic, json_object_agg(partition, next_offset order by partition) partitions from consumer_offsets group by topic) t
    ), '{}')
where id = $1 and frozen_at is null
