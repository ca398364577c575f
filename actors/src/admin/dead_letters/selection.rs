//! Which records an order is about.

use std::fmt;

use serde::{Deserialize, Serialize};
use tokio_postgres::types::ToSql;

use crate::http::Problem;

/// Which records: some, those of a key, a group, or all of a consumer.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Selection {
    /// These.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ids: Option<Vec<i64>>,
    /// Those of this key, and of the consumer that is named,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// or those that fail alike,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// or all of the consumer that is named.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub all: bool,
    /// Whose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consumer: Option<String>,
    /// Only of that topic.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topic: Option<String>,
}

impl Selection {
    /// Whether it says exactly one thing.
    ///
    /// # Errors
    /// Names the member that is missing or too many.
    pub(super) fn check(&self) -> Result<(), Problem> {
        let given = [
            ("ids", self.ids.is_some()),
            ("key", self.key.is_some()),
            ("group", self.group.is_some()),
            ("all", self.all),
        ];
        let given: Vec<&str> = given.into_iter().filter_map(|(name, given)| given.then_some(name)).collect();
        let wrong = |detail: &str| Err(Problem::bad_request(format!("selection: {detail}")));
        match given.as_slice() {
            [] => return wrong("give one of ids, key, group, all"),
            ["ids" | "group"] => {}
            [one] if self.consumer.is_none() => return wrong(&format!("{one} needs the consumer as well")),
            [_] => {}
            several => return wrong(&format!("give one of {}, not all of them", several.join(", "))),
        }
        match &self.ids {
            Some(ids) if ids.is_empty() => wrong("ids is empty"),
            _ => Ok(()),
        }
    }

    /// As the first five parameters of the statements about it.
    pub(super) fn parameters(&self) -> [&(dyn ToSql + Sync); 5] {
        [&self.ids, &self.consumer, &self.topic, &self.key, &self.group]
    }
}

impl fmt::Display for Selection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(consumer) = &self.consumer {
            write!(f, "{consumer}: ")?;
        }
        match (&self.ids, &self.key, &self.group) {
            (Some(ids), ..) => {
                let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
                write!(f, "dead letters {}", ids.join(", "))?;
            }
            (None, Some(key), _) => write!(f, "dead letters of key {key}")?,
            (None, None, Some(group)) => write!(f, "dead letters of group {group}")?,
            (None, None, None) => write!(f, "all dead letters")?,
        }
        match &self.topic {
            Some(topic) => write!(f, " in {topic}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use warp::reply::Response;

    use super::*;
    use crate::http::parameters;

    fn told(wanted: &Value) -> Result<String, u16> {
        let selection: Result<Selection, Problem> = parameters::json(wanted.to_string().as_bytes());
        let checked = selection.and_then(|selection| selection.check().map(|()| selection.to_string()));
        checked.map_err(|problem| Response::from(problem).status().as_u16())
    }

    fn refused(wanted: &Value) -> String {
        let selection: Result<Selection, Problem> = parameters::json(wanted.to_string().as_bytes());
        let problem = selection.and_then(|selection| selection.check()).unwrap_err();
        format!("{problem:?}")
    }

    #[test]
    fn one_thing_is_selected() {
        assert_eq!(told(&json!({"ids": [3, 4]})).unwrap(), "dead letters 3, 4");
        assert_eq!(
            told(&json!({"key": "PL-1", "consumer": "policies"})).unwrap(),
            "policies: dead letters of key PL-1"
        );
        assert_eq!(told(&json!({"group": "0a1b2c3d4e"})).unwrap(), "dead letters of group 0a1b2c3d4e");
        let all = json!({"all": true, "consumer": "policies", "topic": "t"});
        assert_eq!(told(&all).unwrap(), "policies: all dead letters in t");
        assert_eq!(told(&json!({})), Err(400));
    }

    #[test]
    fn what_is_wrong_is_named() {
        assert!(refused(&json!({"key": "a"})).contains("key needs the consumer"));
        assert!(refused(&json!({"all": true})).contains("all needs the consumer"));
        assert!(refused(&json!({"ids": []})).contains("ids is empty"));
        assert!(refused(&json!({"ids": [1], "group": "g"})).contains("one of ids, group, not all"));
        assert!(refused(&json!({"ids": ["x"]})).contains("ids[0]: invalid type"));
        assert!(refused(&json!({"keys": "a"})).contains("unknown field `keys`"));
    }
}
