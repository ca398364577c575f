-- What was decided on is forgotten after a time. That a record was discarded is not: nothing that is replayed later, of a topic that keeps
-- its records for longer, gives it effects.
create table discarded_records (
    consumer text not null,
    topic text not null,
    partition int not null,
    record_offset bigint not null,
    primary key (consumer, topic, partition, record_offset)
);

create index dead_letters_decided on dead_letters (decided_at) where state in ('replayed', 'discarded');

-- Whether anything still tells of an order.
create index dead_letters_of_replay on dead_letters (replay_id) where replay_id is not null;
create index dead_letter_history_of_replay on dead_letter_history (replay_id) where replay_id is not null;
