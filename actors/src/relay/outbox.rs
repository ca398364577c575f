//! Which table a relay drains, and its statements.

use polis_schema::sql::{Statement, outbox_rows, product_events};

/// An outbox table. All of them have the columns `seq`, `id`, `topic`, `key`, `type`, `payload`, `headers`,
/// `created_at` and `sent`, a trigger `outbox_insert_begins`, and their name as the notification channel.
#[derive(Clone, Copy, Debug)]
pub struct Outbox {
    /// Name of the table, of its channel, and of the lease that its relay holds.
    pub name: &'static str,
    /// Rows behind a sequence.
    pub read_after: Statement,
    /// Rows inside gaps.
    pub read_gaps: Statement,
    /// Unsent rows of one key.
    pub read_key: Statement,
    /// Marks rows sent.
    pub mark: Statement,
    /// How much waits.
    pub backlog: Statement,
}

/// The outbox of the catalogue.
pub const PRODUCT_EVENTS: Outbox = Outbox {
    name: "product_events",
    read_after: product_events::READ_AFTER,
    read_gaps: product_events::READ_GAPS,
    read_key: product_events::READ_KEY,
    mark: product_events::MARK,
    backlog: product_events::BACKLOG,
};

/// The outbox of a service that has one for everything it tells.
pub const OUTBOX: Outbox = Outbox {
    name: "outbox",
    read_after: outbox_rows::READ_AFTER,
    read_gaps: outbox_rows::READ_GAPS,
    read_key: outbox_rows::READ_KEY,
    mark: outbox_rows::MARK,
    backlog: outbox_rows::BACKLOG,
};
