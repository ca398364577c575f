//! Breaks in a sentence, Russian and English: [`figures`] are amounts, days and lists as each language writes them,
//! [`matched`] is what differs in a match, [`alone`] what has no match.

pub(super) mod alone;
mod explanation;
mod figures;
pub(super) mod matched;

pub use explanation::Explanation;
