-- Whether a notification was taken before. $1 its id.
select from webhook_events where event_id = $1
