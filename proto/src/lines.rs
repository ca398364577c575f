//! Lines of business.

/// The lines of business that `polis.catalogue.v1.Product.line` may be: what buyers can choose from.
pub const BUSINESS_LINES: [&str; 7] =
    ["motor-liability", "hull", "travel", "property", "mortgage", "accident", "health"];
