-- Destroys the key of the person of an application. $1 application.
update persons set key = null, erased_at = now()
where key is not null and person_id = (select person_id from applications where application_id = $1)
