-- Remembers a notification, in the transaction of its effects. $1 its id.
insert into webhook_events (event_id) values ($1)
