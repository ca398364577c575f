-- The key of a person; null when erased. $1 person.
select key from persons where person_id = $1
