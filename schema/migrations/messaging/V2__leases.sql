-- Who owns what, until when. The epoch grows with each change of hands and fences the writes of an earlier owner.
create table leases (
    resource text primary key,
    owner text not null,
    epoch bigint not null,
    expires_at timestamptz not null
);

-- Instances that share the resources of a pool; each takes its fair part.
create table lease_members (
    pool text not null,
    owner text not null,
    seen_at timestamptz not null,
    primary key (pool, owner)
);
