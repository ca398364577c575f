//! What may become of a break: by what runs find, by what events tell, and by what people decide. Everything that can happen in a
//! state is here and nowhere else; the statements of [`follow`](super::follow) are given it as columns.

use std::fmt;

use thiserror::Error;

/// How it stands with a break.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// Somebody has to look at it.
    Open,
    /// It is known why, and nothing follows from it.
    Explained,
    /// It is taken as it is.
    Accepted,
    /// The other side is to correct it.
    Disputed,
    /// Nothing differs any more.
    Corrected,
}

/// What runs and events do to a break.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Happened {
    /// Nobody knew it before.
    Found,
    /// Its amounts are others than before.
    Changed,
    /// It had been corrected, and is there again.
    FoundAgain,
    /// It is not there any more.
    Gone,
}

/// What cannot happen to a break.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub(super) enum Impossible {
    /// It would be there twice.
    #[error("a break is found once; this one is known and {0}")]
    Known(State),
    /// There is none.
    #[error("only a break that is known is {0}")]
    NotKnown(Happened),
    /// It is not there.
    #[error("a break that is corrected can only be found again; it cannot be {0}")]
    NotThere(Happened),
    /// It was there all the time.
    #[error("only a break that is corrected is found again; this one is {0}")]
    Stands(State),
}

/// Why a decision is not taken.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum Refused {
    /// There is nothing to decide.
    #[error(
        "is corrected: nothing differs any more. A run that finds it again opens it; order one if you think that it will"
    )]
    Corrected,
    /// Whoever asks later is to know.
    #[error("is to be {0}, and nobody says why: give why")]
    NoWhy(State),
}

impl State {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Open, Self::Explained, Self::Accepted, Self::Disputed, Self::Corrected];

    /// Of a break that has just been found.
    pub const FIRST: Self = Self::Open;

    /// Its name in databases and interfaces.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Explained => "explained",
            Self::Accepted => "accepted",
            Self::Disputed => "disputed",
            Self::Corrected => "corrected",
        }
    }

    /// The state of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }

    /// The state after somebody has decided that it is to be another one, or only who looks after the break.
    ///
    /// # Errors
    /// Why that is not taken.
    pub fn decided(self, wanted: Option<Self>, why: &str) -> Result<Self, Refused> {
        match (self, wanted) {
            (Self::Corrected, _) => Err(Refused::Corrected),
            (state, None) => Ok(state),
            (_, Some(wanted)) if why.trim().is_empty() => Err(Refused::NoWhy(wanted)),
            (_, Some(wanted)) => Ok(wanted),
        }
    }
}

/// The state of a break after something has happened to it; before it is found it has none.
///
/// A decision was about amounts: when they are others, what was explained or accepted has to be looked at again. A dispute goes on,
/// about the new ones.
///
/// # Errors
/// When that cannot happen in this state.
pub(super) fn after(before: Option<State>, happened: Happened) -> Result<State, Impossible> {
    use Happened::{Changed, Found, FoundAgain, Gone};
    use State::{Accepted, Corrected, Disputed, Explained, Open};
    match (happened, before) {
        (Found, None) => Ok(State::FIRST),
        (Found, Some(state)) => Err(Impossible::Known(state)),
        (Changed | FoundAgain | Gone, None) => Err(Impossible::NotKnown(happened)),
        (Changed, Some(Open | Explained | Accepted)) | (FoundAgain, Some(Corrected)) => Ok(Open),
        (Changed, Some(Disputed)) => Ok(Disputed),
        (Gone, Some(Open | Explained | Accepted | Disputed)) => Ok(Corrected),
        (Changed | Gone, Some(Corrected)) => Err(Impossible::NotThere(happened)),
        (FoundAgain, Some(state @ (Open | Explained | Accepted | Disputed))) => Err(Impossible::Stands(state)),
    }
}

impl Happened {
    /// All of it.
    pub(super) const ALL: [Self; 4] = [Self::Found, Self::Changed, Self::FoundAgain, Self::Gone];

    /// Its name in the history.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Found => "found",
            Self::Changed => "changed",
            Self::FoundAgain => "found_again",
            Self::Gone => "gone",
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Happened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::FoundAgain => "found again",
            other => other.as_str(),
        })
    }
}

/// Everything that can happen to a break that is known, as columns for a statement.
#[derive(Clone, Debug)]
pub(super) struct Transitions {
    pub(super) before: Vec<&'static str>,
    pub(super) what: Vec<&'static str>,
    pub(super) after: Vec<&'static str>,
}

impl Transitions {
    pub(super) fn all() -> Self {
        let mut all = Self { before: Vec::new(), what: Vec::new(), after: Vec::new() };
        for before in State::ALL {
            for happened in Happened::ALL {
                if let Ok(after) = after(Some(before), happened) {
                    all.before.push(before.as_str());
                    all.what.push(happened.as_str());
                    all.after.push(after.as_str());
                }
            }
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::Happened::{Changed, Found, FoundAgain, Gone};
    use super::State::{Accepted, Corrected, Disputed, Explained, Open};
    use super::*;

    #[test]
    fn whatever_happens_in_whatever_state_is_defined() {
        type Row = (Option<State>, [Result<State, Impossible>; 4]);
        let not_known = |happened| Err(Impossible::NotKnown(happened));
        let not_there = |happened| Err(Impossible::NotThere(happened));
        let stands = |state, changed| {
            let (known, again) = (Err(Impossible::Known(state)), Err(Impossible::Stands(state)));
            (Some(state), [known, Ok(changed), again, Ok(Corrected)])
        };
        let table: [Row; 6] = [
            // Found, changed, found again, gone.
            (None, [Ok(Open), not_known(Changed), not_known(FoundAgain), not_known(Gone)]),
            stands(Open, Open),
            stands(Explained, Open),
            stands(Accepted, Open),
            stands(Disputed, Disputed),
            (Some(Corrected), [Err(Impossible::Known(Corrected)), not_there(Changed), Ok(Open), not_there(Gone)]),
        ];
        assert_eq!(Happened::ALL, [Found, Changed, FoundAgain, Gone]);
        assert_eq!(table.map(|(before, _)| before)[1..], State::ALL.map(Some));
        for (before, expected) in table {
            assert_eq!(Happened::ALL.map(|happened| after(before, happened)), expected, "{before:?}");
        }
    }

    #[test]
    fn whatever_is_decided_in_whatever_state_is_defined() {
        for state in State::ALL {
            for wanted in State::ALL.map(Some).into_iter().chain([None]) {
                let expected = if state == Corrected { Err(Refused::Corrected) } else { Ok(wanted.unwrap_or(state)) };
                assert_eq!(state.decided(wanted, "the rate of a former contract"), expected, "{state} to {wanted:?}");
                let expected = match (state, wanted) {
                    (Corrected, _) => Err(Refused::Corrected),
                    (_, Some(wanted)) => Err(Refused::NoWhy(wanted)),
                    (state, None) => Ok(state),
                };
                assert_eq!(state.decided(wanted, " "), expected, "{state} to {wanted:?} without a why");
            }
        }
    }

    #[test]
    fn what_cannot_be_says_why() {
        for (error, text) in [
            (after(Some(Disputed), Found), "a break is found once; this one is known and disputed"),
            (after(None, Gone), "only a break that is known is gone"),
            (
                after(Some(Corrected), Changed),
                "a break that is corrected can only be found again; it cannot be changed",
            ),
            (after(Some(Open), FoundAgain), "only a break that is corrected is found again; this one is open"),
        ] {
            assert_eq!(error.unwrap_err().to_string(), text);
        }
        assert!(Corrected.decided(Some(Open), "x").unwrap_err().to_string().contains("order one"));
        assert!(Open.decided(Some(Accepted), "").unwrap_err().to_string().contains("give why"));
    }

    #[test]
    fn statements_are_given_all_that_can_happen_and_nothing_else() {
        let Transitions { before, what, after: states } = Transitions::all();
        assert_eq!((before.len(), what.len(), states.len()), (9, 9, 9));
        for ((before, what), state) in before.iter().zip(&what).zip(&states) {
            let happened = Happened::ALL.into_iter().find(|happened| happened.as_str() == *what).unwrap();
            assert_eq!(after(State::named(before), happened).map(State::as_str), Ok(*state));
        }
    }

    #[test]
    fn a_state_is_found_by_its_name() {
        for state in State::ALL {
            assert_eq!(State::named(state.as_str()), Some(state));
        }
        assert_eq!(State::named("closed"), None);
    }

    #[test]
    fn statements_know_what_happens_by_its_name() {
        use polis_schema::sql::breaks::{FOUND, GONE, OPENED, SEEN, SETTLED};
        for (statement, happened) in
            [(&FOUND, Found), (&OPENED, Found), (&SEEN, Changed), (&SEEN, FoundAgain), (&GONE, Gone), (&SETTLED, Gone)]
        {
            let name = format!("'{}'", happened.as_str());
            assert!(statement.text.contains(&name), "{} without {name}", statement.file);
        }
    }
}
