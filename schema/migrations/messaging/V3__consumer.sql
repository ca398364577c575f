-- The next offset of each partition. Written in the transaction of the effects, by the holder of the lease epoch.
create table consumer_offsets (
    consumer text not null,
    topic text not null,
    partition int not null,
    next_offset bigint not null,
    epoch bigint not null,
    updated_at timestamptz not null default now(),
    primary key (consumer, topic, partition)
);

-- Ids of events whose effects are in this database, kept longer than any redelivery. One writer at a time for each
-- id: an id lives in one Kafka partition, whose consumer is fenced by its row in consumer_offsets.
create table inbox (
    consumer text not null,
    event_id uuid not null,
    applied_at timestamptz not null default now(),
    primary key (consumer, event_id, applied_at)
) partition by range (applied_at);

-- Longer than anything is sent again.
select ensure_daily_partitions('inbox', 14, '', 30);
