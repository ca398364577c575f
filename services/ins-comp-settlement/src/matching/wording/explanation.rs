//! What is told of a break.

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::figures::{Figures, Tongue};

/// One sentence in each language, without a full stop, and the same said in both.
#[derive(Clone, Debug, Default, Serialize, PartialEq, Eq)]
pub struct Explanation {
    /// In Russian.
    pub ru: String,
    /// In English.
    pub en: String,
    /// The same without the places of lines, which are others in every register.
    #[serde(skip)]
    placeless: String,
}

impl Explanation {
    /// Says it in both languages.
    pub(super) fn say(currency: &str, mut sentence: impl FnMut(&Figures<'_>) -> String) -> Self {
        let mut of = |tongue, places| sentence(&Figures { tongue, currency, places });
        Self { ru: of(Tongue::Russian, true), en: of(Tongue::English, true), placeless: of(Tongue::English, false) }
    }

    /// A hash of what it says, the same wherever the lines stand: two runs that have it have found the same.
    pub fn content(&self) -> Vec<u8> {
        Sha256::digest(self.placeless.as_bytes()).to_vec()
    }
}
