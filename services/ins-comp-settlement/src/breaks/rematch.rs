//! Matching again the breaks that a changed policy may change: pure. A few policies and lines are matched as a run would match all
//! of them, and it is only believed where the rest cannot change it.
//!
//! What the numbers alone decide depends on nothing but policies and lines of that number, and all of these are here. The later
//! stages look at everything that is left over, of which only a part is here. So:
//!
//! - As long as every policy here is named by the breaks, nobody new has come: a known policy changes in its cancellation, by which
//!   nothing is matched. What belonged together still does, and only what differs may be something else. A line that the breaks do
//!   not name, and that no number decides, belongs to something that is not here.
//! - When a policy has come that the breaks do not name, it may take lines from others, and these may fit others that are not
//!   here. Then the numbers have to decide all that is here.
//!
//! Otherwise nothing is said, and everything stays as it is until a run looks at all. The same goes where something is not here that
//! the breaks name, and for lines without a number that are left alone: they are told apart by all lines that say the same.

use std::collections::BTreeSet;

use super::islands::Known;
use crate::matching::{
    Break, Kind, Match, MatchError, Merge, Numbering, Outcome, Policy, Rules, Run, Stage, normalise,
};
use crate::register::Line;

/// Everything of the numbers that some breaks are about, and these breaks.
#[derive(Clone, Debug)]
pub(super) struct Island {
    pub(super) known: Vec<Known>,
    pub(super) policies: Vec<Policy>,
    pub(super) lines: Vec<Line>,
}

/// What has become of the breaks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Rematched {
    /// Those that there are now, known or not.
    pub(super) found: Vec<Found>,
    /// The numbers of those that there are not any more.
    pub(super) gone: Vec<i64>,
}

/// A break that there is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) found: Break,
    /// Forms of the numbers that it is about.
    pub(super) keys: Vec<String>,
}

/// Matches an island; nothing when it cannot be told without the rest.
///
/// # Errors
/// When it cannot be matched at all.
pub(super) fn rematch(run: &Run, rules: &Rules, island: &Island) -> Result<Option<Rematched>, MatchError> {
    let outcomes = matched(run, rules, island)?;
    if !is_certain(island, &Decided::by_numbers(&outcomes)) {
        return Ok(None);
    }
    let breaks = outcomes.into_iter().filter_map(|outcome| match outcome {
        Outcome::Break(found) => Some(*found),
        Outcome::Match(_) | Outcome::NotDue(_) => None,
    });
    let numbering = &rules.numbering;
    let found: Vec<Found> = breaks.map(|found| Found { keys: keys(&found, &island.lines, numbering), found }).collect();
    if found.iter().any(|found| found.keys.is_empty()) {
        return Ok(None);
    }
    let now: BTreeSet<&str> = found.iter().map(|found| found.found.id.as_str()).collect();
    let gone =
        island.known.iter().filter(|known| !now.contains(known.identity.as_str())).map(|known| known.id).collect();
    Ok(Some(Rematched { found, gone }))
}

fn matched(run: &Run, rules: &Rules, island: &Island) -> Result<Vec<Outcome>, MatchError> {
    let (mut policies, mut lines) = (island.policies.clone(), island.lines.clone());
    policies.sort_by_cached_key(|policy| normalise(&policy.number));
    lines.sort_by_cached_key(|line| rules.numbering.key_of_line(&line.policy_number));
    let mut merge = Merge::new(run, rules.clone())?;
    let mut outcomes = Vec::new();
    // An empty page says that there are no more.
    merge.policies(policies, &mut outcomes)?;
    merge.policies([], &mut outcomes)?;
    merge.lines(lines, &mut outcomes)?;
    merge.lines([], &mut outcomes)?;
    merge.finish(&mut outcomes)?;
    Ok(outcomes)
}

/// What the numbers alone have decided.
#[derive(Debug, Default)]
struct Decided<'o> {
    policies: BTreeSet<&'o str>,
    lines: BTreeSet<u64>,
}

impl<'o> Decided<'o> {
    fn by_numbers(outcomes: &'o [Outcome]) -> Self {
        let mut decided = Self::default();
        for outcome in outcomes {
            match outcome {
                Outcome::Match(Match {
                    stage: Stage::ExactNumber | Stage::NormalisedNumber, policies, lines, ..
                }) => {
                    decided.policies.extend(policies.iter().map(|policy| policy.number.as_str()));
                    decided.lines.extend(lines.iter().map(|line| line.number));
                }
                // Lines of such a match that say it again; it came before.
                Outcome::Break(found) if found.kind == Kind::Duplicate && decided.has_all(&found.policies) => {
                    decided.lines.extend(&found.lines);
                }
                Outcome::Match(_) | Outcome::Break(_) | Outcome::NotDue(_) => {}
            }
        }
        decided
    }

    fn has_all(&self, policies: &[String]) -> bool {
        !policies.is_empty() && policies.iter().all(|number| self.policies.contains(number.as_str()))
    }
}

fn is_certain(island: &Island, decided: &Decided<'_>) -> bool {
    let named: BTreeSet<&str> = island.known.iter().flat_map(|known| &known.policies).map(String::as_str).collect();
    let places: BTreeSet<u64> = island.known.iter().flat_map(Known::places).collect();
    let policies: BTreeSet<&str> = island.policies.iter().map(|policy| policy.number.as_str()).collect();
    let lines: BTreeSet<u64> = island.lines.iter().map(|line| line.number).collect();
    let nobody_new = policies.is_subset(&named);
    let all_here = named.is_subset(&policies) && places.is_subset(&lines);
    // Where sheets number their rows alike, a break does not say which line it names.
    let each_apart = lines.len() == island.lines.len();
    all_here
        && each_apart
        && (nobody_new || policies.is_subset(&decided.policies))
        && lines.iter().all(|line| decided.lines.contains(line) || (nobody_new && places.contains(line)))
}

/// As a run gives them to what it finds.
fn keys(found: &Break, lines: &[Line], numbering: &Numbering) -> Vec<String> {
    let places: BTreeSet<u64> = found.lines.iter().copied().collect();
    let theirs = lines.iter().filter(|line| places.contains(&line.number));
    let theirs = theirs.map(|line| numbering.key_of_line(&line.policy_number));
    let keys: BTreeSet<String> = found.policies.iter().map(|number| normalise(number)).chain(theirs).collect();
    keys.into_iter().filter(|key| !key.is_empty()).collect()
}

#[cfg(test)]
#[path = "tests/rematch.rs"]
mod tests;
