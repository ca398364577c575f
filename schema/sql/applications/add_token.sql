-- Remembers who may see an application. $1 application, $2 hash of the token.
insert into application_tokens (application_id, token_hash) values ($1, $2)
