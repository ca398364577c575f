//! An insurer, ready for use: everything in its file was checked.

use jiff::tz::TimeZone;
use sha2::{Digest, Sha256};

use super::error::InsurersError;
use super::file::File;
use super::origin::Origin;
use super::pull::Pull;
use super::requisites::Requisites;
use super::schedule::Schedule;
use crate::matching::{Rules, RulesError};
use crate::register::{FormatConfig, RegisterReader};

/// An insurer.
#[derive(Clone, Debug)]
pub struct Insurer {
    /// Its identifier, the one in events.
    pub id: String,
    /// Name for people.
    pub name: String,
    /// Where its days begin.
    pub time_zone: TimeZone,
    /// How its registers are read.
    pub reader: RegisterReader,
    /// What they are: csv, xlsx, json, xml.
    pub format: &'static str,
    /// SHA-256 of the description by which registers are read. What is agreed may change without it.
    pub description_sha256: [u8; 32],
    /// What is agreed.
    pub rules: Rules,
    /// How many policies or lines may be without a counterpart.
    pub most_left_over: usize,
    /// Where registers are fetched.
    pub pull: Option<Pull>,
    /// When they are.
    pub schedule: Option<Schedule>,
    /// What stands on an act.
    pub requisites: Requisites,
}

/// Raised when the same description is read in another way than before.
const READING: &str = "1";

impl Insurer {
    /// An insurer of that identifier, by the text of its file.
    pub(super) fn parse(id: &str, origin: Origin<'_>) -> Result<Self, InsurersError> {
        let file: File = toml::from_str(origin.text).map_err(|error| origin.syntax(&error))?;
        if file.name.trim().is_empty() {
            return Err(origin.key("name", "is empty"));
        }
        let time_zone = TimeZone::get(&file.time_zone).map_err(|_| {
            let what = format!("{:?} is not a time zone of the IANA database, as Europe/Moscow is", file.time_zone);
            origin.key("time_zone", what)
        })?;
        let reader = RegisterReader::new(&file.register)
            .map_err(|error| origin.key(&format!("register.{}", error.key), error.what))?;
        file.rules.validate().map_err(|error| unsound(origin, &error))?;
        let pull = file.pull.as_ref().map(|pull| pull.build(origin)).transpose();
        let pull = pull.map_err(|(key, what)| origin.key(&key, what))?;
        let schedule = file.schedule.as_ref().map(|schedule| schedule.build(&time_zone, &file.time_zone)).transpose();
        let schedule = schedule.map_err(|(key, what)| origin.key(key, what))?;
        if schedule.is_some() && pull.is_none() {
            return Err(origin.key("schedule", "needs a [pull], which says where registers are fetched"));
        }
        let mut requisites = file.requisites;
        requisites.check().map_err(|(key, what)| origin.key(key, what))?;
        if requisites.legal_name.is_empty() {
            requisites.legal_name.clone_from(&file.name);
        }
        Ok(Self {
            id: id.to_owned(),
            name: file.name,
            time_zone,
            reader,
            format: format(&file.register.format),
            description_sha256: description(origin.text),
            rules: file.rules,
            most_left_over: file.most_left_over,
            pull,
            schedule,
            requisites,
        })
    }
}

fn format(format: &FormatConfig) -> &'static str {
    match format {
        FormatConfig::Csv { .. } => "csv",
        FormatConfig::Xlsx { .. } => "xlsx",
        FormatConfig::Json { .. } => "json",
        FormatConfig::Xml { .. } => "xml",
    }
}

/// The hash of what is written under `[register]`, however it is written.
fn description(text: &str) -> [u8; 32] {
    // It was read before: there is such a table.
    let file: toml::Table = toml::from_str(text).unwrap_or_default();
    let register = file.get("register").map(toml::Value::to_string).unwrap_or_default();
    Sha256::digest(format!("{READING} {register}")).into()
}

/// What is wrong with what is agreed, and where.
fn unsound(origin: Origin<'_>, error: &RulesError) -> InsurersError {
    let what = error.to_string();
    let key = match error {
        RulesError::NoVersion => "version",
        RulesError::Tolerance(of) => of,
        RulesError::Rate(_) => "commission",
        RulesError::CutOff => "cut_off",
        RulesError::Sign(_) => "numbering",
    };
    let said = format!("{key}: ");
    origin.key(&format!("rules.{key}"), what.strip_prefix(&said).unwrap_or(&what))
}
