-- Everything has been repeated. $1 order.
update republications set finished_at = now() where id = $1
