//! Times are UTC, dates are dates; conversions between the wire and jiff.

use jiff::Timestamp;
use jiff::civil::Date;
use thiserror::Error;

use crate::google_type;

/// A date or time on the wire that does not exist.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum DateError {
    /// Year, month or day out of range.
    #[error("{year}-{month}-{day} is not a day of the calendar")]
    NoSuchDay {
        /// Year.
        year: i32,
        /// Month.
        month: i32,
        /// Day.
        day: i32,
    },
    /// Seconds or nanoseconds out of range.
    #[error("{seconds}s {nanos}ns is not a time")]
    NoSuchTime {
        /// Seconds since 1970.
        seconds: i64,
        /// Nanoseconds.
        nanos: i32,
    },
}

impl From<Date> for google_type::Date {
    fn from(date: Date) -> Self {
        Self { year: i32::from(date.year()), month: i32::from(date.month()), day: i32::from(date.day()) }
    }
}

/// A date from the wire.
///
/// # Errors
/// When there is no such day.
pub fn date(wire: &google_type::Date) -> Result<Date, DateError> {
    let parts = (i16::try_from(wire.year), i8::try_from(wire.month), i8::try_from(wire.day));
    let day = match parts {
        (Ok(year), Ok(month), Ok(day)) => Date::new(year, month, day).ok(),
        _ => None,
    };
    day.ok_or(DateError::NoSuchDay { year: wire.year, month: wire.month, day: wire.day })
}

/// Times to and from the wire.
pub mod timestamp {
    use super::{DateError, Timestamp};

    /// A time for the wire.
    pub fn to_wire(time: Timestamp) -> prost_types::Timestamp {
        prost_types::Timestamp { seconds: time.as_second(), nanos: time.subsec_nanosecond() }
    }

    /// A time from the wire.
    ///
    /// # Errors
    /// When there is no such time.
    pub fn from_wire(wire: &prost_types::Timestamp) -> Result<Timestamp, DateError> {
        Timestamp::new(wire.seconds, wire.nanos)
            .map_err(|_| DateError::NoSuchTime { seconds: wire.seconds, nanos: wire.nanos })
    }
}
