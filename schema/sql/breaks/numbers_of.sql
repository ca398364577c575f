-- Numbers of policies that have these keys. $1 insurer, $2 keys, $3 how many.
select policy_number from policies where insurer_id = $1 and key = any ($2::text[] collate "C") order by key, policy_number limit $3
