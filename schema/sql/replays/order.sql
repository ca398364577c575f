-- An order. $1 kind, $2 consumer, $3 topic, $4 what, $5 from offset, $6 from time, $7 to offset, $8 to time, $9 most records a second,
-- $10 whether what has failed often, or has had its effects, is applied too, $11 who, $12 why.
insert into replays
    (kind, consumer, topic, what, from_offset, from_time, to_offset, to_time, per_second, force, ordered_by, why)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
returning id
