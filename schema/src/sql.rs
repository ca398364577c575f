//! Every statement, by the table or purpose it belongs to. The comment at the top of each file says what it does and
//! what its parameters are.

use crate::Service;

/// A statement: the text of one `.sql` file.
#[derive(Clone, Copy, Debug)]
pub struct Statement {
    /// Path below `schema/sql/`, for errors and logs.
    pub file: &'static str,
    /// Whose databases it is for.
    pub services: &'static [Service],
    /// The text.
    pub text: &'static str,
}

macro_rules! statements {
    ($($(#[$doc:meta])* $group:ident($($service:ident),+) { $($name:ident = $file:literal;)* })*) => {
        $($(#[$doc])* pub mod $group {
            use super::Statement;

            const SERVICES: &[crate::Service] = &[$(crate::Service::$service),+];
            $(
                #[doc = concat!("`", stringify!($group), "/", $file, ".sql`")]
                pub const $name: Statement = Statement {
                    file: concat!(stringify!($group), "/", $file, ".sql"),
                    services: SERVICES,
                    text: include_str!(concat!("../sql/", stringify!($group), "/", $file, ".sql")),
                };
            )*
        })*

        /// All of them, for the test that prepares each against a migrated database.
        pub const ALL: &[Statement] = &[$($($group::$name,)*)*];
    };
}

statements! {
    /// Applications for policies: their events and projections.
    applications(Core) {
        ADD_PERSON = "add_person";
        ADD_TOKEN = "add_token";
        ALL_EVENTS = "all_events";
        APPEND = "append";
        BY_POLICY = "by_policy";
        ERASE_PERSON = "erase_person";
        EVENTS = "events";
        OFFER = "offer";
        PERSON_KEY = "person_key";
        POLICY_NUMBER = "policy_number";
        PROJECT = "project";
        PROJECT_POLICY = "project_policy";
        TELL = "tell";
        TOKEN = "token";
    }
    /// Checkpoints over the chains of all applications.
    audit(Core) {
        ADD_CHECKPOINT = "add_checkpoint";
        CHECKPOINTS = "checkpoints";
        HEADS = "heads";
        LOST_ENDS = "lost_ends";
        LOST_HEADS = "lost_heads";
        NEWEST = "newest";
        TAKE_PENDING = "take_pending";
        UNCOVERED = "uncovered";
        UNSIGNED_ENDS = "unsigned_ends";
    }
    /// Breaks as people work on them.
    breaks(Settlement) {
        AMENDED = "amended";
        BASIS = "basis";
        CHECK = "check";
        CHECK_SINCE = "check_since";
        CHECKS = "checks";
        CLOSED = "closed";
        CONCERNED = "concerned";
        DECIDE = "decide";
        DROP_CHECKS = "drop_checks";
        FOUND = "found";
        GONE = "gone";
        HISTORY = "history";
        HOLD = "hold";
        HOLD_LINES = "hold_lines";
        IDENTIFIED = "identified";
        INSURERS_OF = "insurers_of";
        LINES = "lines";
        LIST = "list";
        NEXT_CHECKED = "next_checked";
        NUMBERS_OF = "numbers_of";
        OPENED = "opened";
        OVERTAKEN = "overtaken";
        POLICIES = "policies";
        SEEN = "seen";
        SETTLED = "settled";
        SHOW = "show";
    }
    /// The local catalogue of core-app.
    catalogue(Core) {
        APPEND_CHANGES = "append_changes";
        FACETS = "facets";
        GET = "get";
        LIST = "list";
        POSITION = "position";
        TARIFF_HISTORY = "tariff_history";
    }
    /// What is pushed to browsers.
    changes(Core) {
        RANGE = "range";
        READ_AFTER = "read_after";
    }
    /// Records that could not be applied.
    dead_letters(Messaging) {
        DISCARD = "discard";
        DISCARDED = "discarded";
        FAILED = "failed";
        FORGET = "forget";
        FREE = "free";
        GROUPS = "groups";
        HISTORY = "history";
        LIST = "list";
        OWNERS = "owners";
        PARK = "park";
        PARKED_KEYS = "parked_keys";
        PLAN = "plan";
        PLAN_CAUSES = "plan_causes";
        RECALL = "recall";
        REPLAY = "replay";
        REPLAYED = "replayed";
        SET_ASIDE = "set_aside";
        SHOW = "show";
        STOP = "stop";
        TAKE_DUE = "take_due";
        TAKE_REPLAYING = "take_replaying";
    }
    /// What was offered when.
    history(Aggregator) {
        ADD_PRODUCTS = "add_products";
        AS_OF = "as_of";
        OF_PRODUCT = "of_product";
        PUT_TARIFFS = "put_tariffs";
    }
    /// Answers to requests that may come twice.
    idempotency(Core) {
        CLAIM = "claim";
        FIND = "find";
        REMEMBER = "remember";
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
        TAKE_UP = "take_up";
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
    /// What is watched, for alerts.
    monitor(Settlement) {
        BREAKS = "breaks";
        BREAK_CHECKS = "break_checks";
        ENDED_RUNS = "ended_runs";
        OLDEST_BREAKS = "oldest_breaks";
        RUNS = "runs";
        WAITING_RUN = "waiting_run";
    }
    /// Positions of consumers.
    offsets(Messaging) {
        ADVANCE = "advance";
        DECIDE = "decide";
        HOLD = "hold";
        LOAD = "load";
        LOOK = "look";
        PARTITIONS = "partitions";
        UNOWNED = "unowned";
    }
    /// What insurers offer, from product events.
    offers(Core, Settlement) {
        UPSERT_PRODUCTS = "upsert_products";
        UPSERT_TARIFFS = "upsert_tariffs";
    }
    /// What operators did.
    operators(Messaging) {
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
    /// The outbox of the sale.
    outbox_rows(Core) {
        APPEND = "append";
        BACKLOG = "backlog";
        MARK = "mark";
        READ_AFTER = "read_after";
        READ_GAPS = "read_gaps";
        READ_KEY = "read_key";
    }
    /// Parts of large tables, one for each register or run.
    parts(Settlement) {
        ATTACH = "attach";
        BEGIN = "begin";
        DROP = "drop";
    }
    /// Partitions by time.
    partitions(Messaging) {
        DROP_EXPIRED = "drop_expired";
        ENSURE = "ensure";
    }
    /// What the payment provider was asked.
    payments(Core) {
        ADVANCE = "advance";
        ASK = "ask";
        GET = "get";
        STARTED = "started";
    }
    /// Policies that were sold, from policy events.
    policies(Settlement) {
        SHOW = "show";
        UPSERT = "upsert";
        WITHOUT_TARIFF = "without_tariff";
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
    /// Projections of the sale, made from the events again.
    projections(Core) {
        ADD_APPLICATIONS = "add_applications";
        ADD_POLICIES = "add_policies";
        ALONE = "alone";
        CLEAR = "clear";
        DIFFERENCES = "differences";
        REMOVE_APPLICATIONS = "remove_applications";
        REMOVE_POLICIES = "remove_policies";
        REPLACE_APPLICATIONS = "replace_applications";
        REPLACE_POLICIES = "replace_policies";
    }
    /// Registers that are to be fetched by schedule.
    pulls(Settlement) {
        FAILED = "failed";
        FORGET = "forget";
        GIVE_UP = "give_up";
        LAST = "last";
        OPEN = "open";
        OVERDUE = "overdue";
        PLAN = "plan";
        SETTLE = "settle";
        SHOWN = "shown";
    }
    /// Statements of insurers.
    registers(Settlement) {
        FINISH = "finish";
        HAS_RUN = "has_run";
        KNOWN = "known";
        LINES_OF = "lines_of";
        LIST = "list";
        RESERVE = "reserve";
        RESTORE = "restore";
        SHOW = "show";
    }
    /// Orders to apply dead letters or ranges of topics again.
    replays(Messaging) {
        ADVANCE = "advance";
        CANCEL = "cancel";
        COUNT = "count";
        FINISH = "finish";
        FORGET = "forget";
        LIST = "list";
        OF_RANGE = "of_range";
        OPEN = "open";
        ORDER = "order";
        PARTITIONS = "partitions";
        RESOLVE = "resolve";
        RUNNING = "running";
        SHOW = "show";
        TELL = "tell";
    }
    /// Current states that are to be repeated.
    republications(Aggregator) {
        ADVANCE = "advance";
        FINISH = "finish";
        LIST = "list";
        NEXT = "next";
        ORDER = "order";
    }
    /// What is too old to be kept.
    retention(Settlement) {
        REGISTER_DROPPED = "register_dropped";
        REGISTERS = "registers";
        RUN_DROPPED = "run_dropped";
        RUNS = "runs";
    }
    /// Reconciliations.
    runs(Settlement) {
        ALONE = "alone";
        BEFORE = "before";
        BEGIN = "begin";
        BREAKS = "breaks";
        CLOSE = "close";
        CLOSED = "closed";
        COMPARE = "compare";
        EXPORT = "export";
        FAIL = "fail";
        FINISH = "finish";
        FREEZE = "freeze";
        FROZEN = "frozen";
        LINE_KEYS = "line_keys";
        LINES = "lines";
        LINES_TO_KEY = "lines_to_key";
        LIST = "list";
        NEWEST_REGISTER = "newest_register";
        NEXT = "next";
        NUMBERING = "numbering";
        ORDER = "order";
        PERIOD = "period";
        POLICIES = "policies";
        PROGRESS = "progress";
        REOPEN = "reopen";
        SET_KEYS = "set_keys";
        SET_NUMBERING = "set_numbering";
        SHOW = "show";
        UNREADABLE = "unreadable";
        WHY_NOT_CLOSE = "why_not_close";
    }
    /// What is to be done later.
    timers(Core) {
        CANCEL_REFERENCE = "cancel_reference";
        DONE = "done";
        DUE = "due";
        LATER = "later";
        LIST = "list";
        MOVE = "move";
        NEXT = "next";
        OVERDUE = "overdue";
        REPLACE = "replace";
        SET = "set";
    }
    /// Notifications of the payment provider.
    webhooks(Core) {
        REMEMBER = "remember";
        SEEN = "seen";
    }
}

impl Service {
    /// Whether a statement's tables are in this service's database.
    pub fn has(self, statement: &Statement) -> bool {
        statement.services.contains(&self) || statement.services.contains(&Service::Messaging)
    }
}
