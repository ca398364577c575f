//! Every statement, by the table or purpose it belongs to. The comment at the top of each file says what it does and
//! what its parameters are.

use crate::Service;

/// A statement: the text of one `.sql` file.
#[derive(Clone, Copy, Debug)]
pub struct Statement {
    /// Path below `schema/sql/`, for errors and logs.
    pub file: &'static str,
    /// Whose database it is for.
    pub service: Service,
    /// The text.
    pub text: &'static str,
}

macro_rules! statements {
    ($($(#[$doc:meta])* $group:ident($service:ident) { $($name:ident = $file:literal;)* })*) => {
        $($(#[$doc])* pub mod $group {
            use super::Statement;
            $(
                #[doc = concat!("`", stringify!($group), "/", $file, ".sql`")]
                pub const $name: Statement = Statement {
                    file: concat!(stringify!($group), "/", $file, ".sql"),
                    service: crate::Service::$service,
                    text: include_str!(concat!("../sql/", stringify!($group), "/", $file, ".sql")),
                };
            )*
        })*

        /// All of them, for the test that prepares each against a migrated database.
        pub const ALL: &[Statement] = &[$($($group::$name,)*)*];
    };
}

statements! {
    /// The local catalogue of core-app.
    catalogue(Core) {
        APPEND_CHANGES = "append_changes";
        FACETS = "facets";
        GET = "get";
        LIST = "list";
        POSITION = "position";
        TARIFF_HISTORY = "tariff_history";
        UPSERT_PRODUCTS = "upsert_products";
        UPSERT_TARIFFS = "upsert_tariffs";
    }
    /// What is pushed to browsers.
    changes(Core) {
        RANGE = "range";
        READ_AFTER = "read_after";
    }
    /// Records that could not be applied.
    dead_letters(Messaging) {
        PARK = "park";
        PARKED_KEYS = "parked_keys";
    }
    /// What was offered when.
    history(Aggregator) {
        ADD_PRODUCTS = "add_products";
        AS_OF = "as_of";
        OF_PRODUCT = "of_product";
        PUT_TARIFFS = "put_tariffs";
    }
    /// Deduplication.
    inbox(Messaging) {
        REMEMBER = "remember";
        SEEN = "seen";
    }
    /// What is remembered of insurers.
    insurers(Aggregator) {
        APPROVE = "approve";
        APPROVED = "approved";
        HOLD = "hold";
        KNOWN = "known";
        LOAD = "load";
        LOCK = "lock";
        ORDER = "order";
        ORDERS = "orders";
        OVERVIEW = "overview";
        RECORD_POLL = "record_poll";
        RECORD_UNCHANGED = "record_unchanged";
        UNHOLD = "unhold";
    }
    /// Ownership.
    leases(Messaging) {
        ACQUIRE = "acquire";
        ANNOUNCE = "announce";
        FENCE = "fence";
        LEAVE = "leave";
        MEMBERS = "members";
        RELEASE = "release";
        RENEW = "renew";
    }
    /// Positions of consumers.
    offsets(Messaging) {
        ADVANCE = "advance";
        LOAD = "load";
    }
    /// What operators did.
    operators(Aggregator) {
        NOTE = "note";
        RECENT = "recent";
    }
    /// What all outboxes share.
    outbox(Messaging) {
        HORIZON = "horizon";
        HOLDS = "holds";
        LOAD_FLOOR = "load_floor";
        PARK_KEY = "park_key";
        PARKED_KEYS = "parked_keys";
        SAVE_FLOOR = "save_floor";
    }
    /// Partitions by time.
    partitions(Messaging) {
        DROP_EXPIRED = "drop_expired";
        ENSURE = "ensure";
    }
    /// The outbox of the catalogue.
    product_events(Aggregator) {
        APPEND = "append";
        APPEND_SNAPSHOTS = "append_snapshots";
        BACKLOG = "backlog";
        GET = "get";
        LIST = "list";
        MARK = "mark";
        READ_AFTER = "read_after";
        READ_GAPS = "read_gaps";
        READ_KEY = "read_key";
        RESEND = "resend";
    }
    /// The aggregator's catalogue.
    products(Aggregator) {
        LOAD = "load";
        NEXT = "next";
        PRINTS = "prints";
        SAVE = "save";
    }
    /// Current states that are to be repeated.
    republications(Aggregator) {
        ADVANCE = "advance";
        FINISH = "finish";
        LIST = "list";
        NEXT = "next";
        ORDER = "order";
    }
}

impl Service {
    /// Whether a statement's tables are in this service's database.
    pub fn has(self, statement: &Statement) -> bool {
        statement.service == self || statement.service == Service::Messaging
    }
}
