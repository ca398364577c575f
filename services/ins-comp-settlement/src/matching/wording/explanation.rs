//! What is told of a break.

use serde::Serialize;

use super::figures::{Figures, Tongue};

/// One sentence in each language, without a full stop, and the same said in both.
#[derive(Clone, Debug, Default, Serialize, PartialEq, Eq)]
pub struct Explanation {
    /// In Russian.
    pub ru: String,
    /// In English.
    pub en: String,
}

impl Explanation {
    /// Says it in both languages.
    pub(super) fn say(currency: &str, mut sentence: impl FnMut(&Figures<'_>) -> String) -> Self {
        let mut of = |tongue| sentence(&Figures { tongue, currency });
        Self { ru: of(Tongue::Russian), en: of(Tongue::English) }
    }
}
