-- Gives lines other keys. $1 register, $2 lines, $3 their keys.
update register_lines l set key = given.key
from unnest($2::bigint[], $3::text[]) given (number, key)
where l.register_id = $1 and l.number = given.number
