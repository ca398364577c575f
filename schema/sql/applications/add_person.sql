-- A person with a key of its own. $1 person, $2 key.
insert into persons (person_id, key) values ($1, $2)
