//! What a document says of itself.

use jiff::Timestamp;
use jiff::tz::Offset;
use krilla::metadata::{DateTime, Metadata};

/// What viewers and screen readers are told.
#[derive(Clone, Debug)]
pub struct About {
    /// What it is.
    pub title: String,
    /// Of what.
    pub subject: String,
    /// By whom.
    pub author: String,
    /// Of when it is. That is the time of its content and not of its printing.
    pub created: Timestamp,
}

impl About {
    pub(super) fn metadata(&self) -> Metadata {
        let created = Offset::UTC.to_datetime(self.created);
        let small = |number: i8| number.unsigned_abs();
        let created = DateTime::new(created.year().unsigned_abs())
            .month(small(created.month()))
            .day(small(created.day()))
            .hour(small(created.hour()))
            .minute(small(created.minute()))
            .second(small(created.second()))
            .utc_offset_hour(0);
        Metadata::new()
            .title(self.title.clone())
            .description(self.subject.clone())
            .authors(vec![self.author.clone()])
            .creator("Polis".to_owned())
            .language("ru".to_owned())
            .creation_date(created)
    }
}
