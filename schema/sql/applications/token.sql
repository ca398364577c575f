-- The hash of the token of an application. $1 application.
select token_hash from application_tokens where application_id = $1
