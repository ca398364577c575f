-- Applications that no event speaks of.
delete from applications u where not exists (select from rebuilt_applications r where r.application_id = u.application_id)
