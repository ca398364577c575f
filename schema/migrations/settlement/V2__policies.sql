-- Policies that were sold, built from Kafka alone. The events carry the whole policy: of each the newest revision stands here.
create table policies (
    policy_number text primary key,
    application_id uuid not null,
    revision bigint not null,
    insurer_id text not null,
    product_id text not null,
    product_revision bigint not null,
    tariff_id text not null,
    tariff_version bigint not null,
    line text not null,
    currency text not null,
    premium numeric not null,
    starts_on date not null,
    ends_on date not null,
    -- Absent while only its cancellation was heard of.
    issued_at timestamptz,
    -- First day without cover.
    cancelled_from date,
    refund numeric not null,
    changed_at timestamptz not null
);

create index policies_by_issue on policies (insurer_id, issued_at);
