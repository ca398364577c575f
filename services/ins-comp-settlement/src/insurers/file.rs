//! The file of an insurer as an operator writes it.

use serde::Deserialize;

use super::pull::PullConfig;
use super::requisites::Requisites;
use super::schedule::ScheduleConfig;
use crate::matching::Rules;
use crate::register::RegisterConfig;

/// A file. Its name is the identifier of the insurer, the one in events.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    /// Name for people.
    pub(super) name: String,
    /// Where the insurer's days begin, by the IANA name.
    pub(super) time_zone: String,
    /// How registers are read.
    pub(super) register: RegisterConfig,
    /// What is agreed.
    pub(super) rules: Rules,
    /// How many policies or lines may be without a counterpart: with more, it is hardly a register of these policies.
    #[serde(default = "most_left_over")]
    pub(super) most_left_over: usize,
    /// Where registers are fetched.
    pub(super) pull: Option<PullConfig>,
    /// When they are.
    pub(super) schedule: Option<ScheduleConfig>,
    /// What stands on an act.
    #[serde(default)]
    pub(super) requisites: Requisites,
}

fn most_left_over() -> usize {
    100_000
}
