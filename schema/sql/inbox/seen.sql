-- Which of these events have had their effects already. $1 consumer, $2 event ids.
select event_id from inbox where consumer = $1 and event_id = any($2)
