//! Which records an order is about.

use clap::Args;
use polis_actors::admin::dead_letters::Selection;

/// Which records: by number, or by key, group or consumer.
#[derive(Args)]
#[command(group(clap::ArgGroup::new("which").required(true).args(["ids", "key", "group", "all"])))]
pub(crate) struct Select {
    /// Their numbers.
    ids: Vec<i64>,
    /// All of that key; name the consumer as well.
    #[arg(long, requires = "consumer")]
    key: Option<String>,
    /// All of that group, as `groups` names it.
    #[arg(long)]
    group: Option<String>,
    /// All of the consumer.
    #[arg(long, requires = "consumer")]
    all: bool,
    /// Whose: policies, products, catalogue, payments.
    #[arg(long)]
    consumer: Option<String>,
    /// Only of that topic.
    #[arg(long)]
    topic: Option<String>,
}

impl Select {
    /// The same, for the service.
    pub(super) fn selection(self) -> Selection {
        let Self { ids, key, group, all, consumer, topic } = self;
        Selection { ids: (!ids.is_empty()).then_some(ids), key, group, all, consumer, topic }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        select: Select,
    }

    fn selected(line: &str) -> Option<String> {
        let line = Line::try_parse_from(std::iter::once("line").chain(line.split_whitespace()));
        line.ok().map(|line| line.select.selection().to_string())
    }

    #[test]
    fn exactly_one_thing_is_selected() {
        assert_eq!(selected("3 4").unwrap(), "dead letters 3, 4");
        assert_eq!(selected("--key PL-1 --consumer policies").unwrap(), "policies: dead letters of key PL-1");
        assert_eq!(selected("--group 0a1b2c3d4e").unwrap(), "dead letters of group 0a1b2c3d4e");
        assert_eq!(selected("--all --consumer policies").unwrap(), "policies: all dead letters");
        for line in ["", "--all", "--key PL-1", "3 --group g", "--consumer policies"] {
            assert!(selected(line).is_none(), "{line:?}");
        }
    }
}
