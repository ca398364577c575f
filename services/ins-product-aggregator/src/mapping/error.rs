//! Mistakes in a mapping, with their place in the file.

use std::ops::Range;

use thiserror::Error;

/// A mistake in a mapping.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{fault}")]
pub struct MappingError {
    /// Bytes of the file.
    pub at: Range<usize>,
    /// What is wrong there.
    pub fault: Fault,
}

/// What can be wrong with a key of a mapping.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum Fault {
    /// A key of a protocol whose value does not do.
    #[error("{what}")]
    Unusable {
        /// What is wrong with it.
        what: String,
    },
    /// A path that does not parse.
    #[error("{path:?} is not a JSONPath: {reason}")]
    NoPath {
        /// As written.
        path: String,
        /// Where it breaks.
        reason: String,
    },
    /// A path that begins further outwards than the item stands in something.
    #[error("{path:?} begins outside of the document: each ^ is one step from the item to what it stands in")]
    NothingAround {
        /// As written.
        path: String,
    },
    /// A path to items that is more than names.
    #[error(
        "{path:?} is not a path to items: write names from the root, as in $.catalogue.products[*] or, for an object of items, $.products.*"
    )]
    NoItemPath {
        /// As written.
        path: String,
    },
    /// Nothing says where the value is.
    #[error("needs a path or a value")]
    NeitherPathNorValue,
    /// Two sources for one value.
    #[error("has a path and a value; one of them must go")]
    PathAndValue,
    /// A time zone that does not exist.
    #[error("{name:?} is not a time zone of the IANA database, as Europe/Moscow is")]
    NoTimeZone {
        /// As written.
        name: String,
    },
    /// A format that cannot be read back.
    #[error("{format:?} is not a format of a whole date, as %d.%m.%Y is")]
    NoDateFormat {
        /// As written.
        format: String,
    },
    /// A document that the protocol does not fetch.
    #[error("there is no document {name:?} among those of the protocol")]
    NoDocument {
        /// As written.
        name: String,
    },
    /// A value that we do not know: a line of business, a currency, a unit that the currency does not have.
    #[error("{what}")]
    NotOurs {
        /// What is wrong with it.
        what: String,
    },
    /// Items of another document, none of which belongs to a product of the answer.
    #[error("{path} of {document:?} names no product of the whole answer; mend it, or the product_id of the products")]
    NobodysItems {
        /// As written.
        path: String,
        /// Which document.
        document: String,
    },
    /// A path that found nothing in a whole catalogue.
    #[error("{path} matches nothing in the whole answer; mend it, or say optional = true")]
    MatchesNothing {
        /// As written.
        path: String,
    },
}
