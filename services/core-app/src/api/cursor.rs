//! Where a page of a list ended. Opaque to callers.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

/// The last product of a page.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub(crate) struct Cursor {
    /// Under which sort it was the last: a cursor is of no use under another.
    pub(crate) sort: String,
    /// Its sort value.
    pub(crate) value: String,
    /// Insurer.
    pub(crate) insurer: String,
    /// Product.
    pub(crate) product: String,
}

impl Cursor {
    pub(crate) fn encode(&self) -> String {
        URL_SAFE_NO_PAD.encode(serde_json::to_vec(self).unwrap_or_default())
    }

    pub(crate) fn decode(text: &str) -> Option<Self> {
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).ok()?).ok()
    }
}
