//! How fast an order is carried out.

use crate::http::Problem;

const USUAL: i32 = 1000;
const MOST: i32 = 100_000;

/// Records a second, when an order does not say.
pub(super) fn usual() -> i32 {
    USUAL
}

/// How many records a second are wanted.
///
/// # Errors
/// When it is none, or more than there is sense in.
pub(super) fn per_second(wanted: i32) -> Result<i32, Problem> {
    match wanted {
        1..=MOST => Ok(wanted),
        _ => Err(Problem::bad_request(format!("per_second is 1 to {MOST}"))),
    }
}
