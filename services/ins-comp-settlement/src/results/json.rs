//! A result for other programs: the run with its totals, and every break.

use std::io::Write;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::error::ExportError;
use super::listed::Listed;
use crate::runs::Run;

/// `{"run": …, "breaks": […]}`
pub(super) fn write(to: impl Write, run: &Run, breaks: impl Iterator<Item = Listed>) -> Result<(), ExportError> {
    let mut serializer = serde_json::Serializer::new(to);
    let write = || {
        let mut map = (&mut serializer).serialize_map(Some(2))?;
        map.serialize_entry("run", run)?;
        map.serialize_entry("breaks", &Once(std::cell::Cell::new(Some(breaks))))?;
        map.end()
    };
    write().map_err(ExportError::content)
}

/// What can be serialized only once.
struct Once<I>(std::cell::Cell<Option<I>>);

impl<I: Iterator<Item = Listed>> Serialize for Once<I> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.take().into_iter().flatten())
    }
}

#[cfg(test)]
#[path = "tests/json.rs"]
mod tests;
