//! The two who settle.

use serde::Deserialize;
use thiserror::Error;

use crate::insurers::{Requisites, is_inn};

/// One of the two who settle, as it stands on an act. What is empty is left blank there.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields, default)]
pub struct Party {
    /// Full name.
    pub legal_name: String,
    /// Taxpayer number: ten digits.
    pub inn: String,
    /// Who signs, in the form for a signature: `Климов А. В.`
    pub signatory: String,
    /// As what.
    pub position: String,
}

/// A party that does not get onto an act.
#[derive(Debug, Error)]
#[error("requisites.inn: {0:?} is not the INN of a company: ten digits, the last of which checks the others")]
pub struct PartyError(String);

impl Party {
    /// Whether it may stand on an act.
    ///
    /// # Errors
    /// Names what is wrong.
    pub fn check(&self) -> Result<(), PartyError> {
        if self.inn.is_empty() || is_inn(&self.inn) { Ok(()) } else { Err(PartyError(self.inn.clone())) }
    }

    /// Of somebody of whom nothing is known but the name.
    pub(super) fn named(name: &str) -> Self {
        Self { legal_name: name.to_owned(), ..Self::default() }
    }
}

impl From<&Requisites> for Party {
    fn from(requisites: &Requisites) -> Self {
        let Requisites { legal_name, inn, signatory, position, contract: _ } = requisites.clone();
        Self { legal_name, inn, signatory, position }
    }
}
