-- Where a consumer goes on, under its new epoch: from here on, an earlier owner's commits change no row. How many decisions there
-- were on its dead letters. $1 consumer, $2 topic, $3 partition, $4 epoch, $5 offset to begin with when there is none.
insert into consumer_offsets as o (consumer, topic, partition, next_offset, epoch)
values ($1, $2, $3, $5, $4)
on conflict (consumer, topic, partition) do update set epoch = excluded.epoch
    where o.epoch <= excluded.epoch
returning next_offset, decisions
