//! How one insurer writes policy numbers in its registers.

use serde::{Deserialize, Serialize};

use super::number::{has_check_digit, normalise, normalise_keeping_zeros};

/// An insurer's ways with numbers. They concern lines alone: the form of a policy's number is the same for all
/// insurers.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(deny_unknown_fields, default)]
pub struct Numbering {
    /// What our numbers begin with; put before those of which only digits are left.
    pub prefix: Option<String>,
    /// What this insurer puts before our numbers.
    pub dropped_prefixes: Vec<String>,
    /// `PL-018` and `PL-18` are two policies.
    pub zeros_matter: bool,
    /// What stands between the numbers of a line that is about several policies.
    pub separators: String,
    /// How changes of a policy are marked behind its number; looked for before separators are.
    pub endorsement: Option<EndorsementMark>,
    /// Our numbers, those with the prefix, end with a check digit (Luhn). A line whose number passes means that policy
    /// and no other: when it is not ours, it is not looked for by attributes.
    pub check_digit: bool,
}

/// `PL-0000000018/1` is the first change of `PL-0000000018`.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct EndorsementMark {
    /// What stands between the number and that of the change.
    pub mark: char,
    /// The most digits the latter has.
    pub digits: u8,
}

impl Default for Numbering {
    fn default() -> Self {
        Self {
            prefix: None,
            dropped_prefixes: Vec::new(),
            zeros_matter: false,
            separators: ",;/".to_owned(),
            endorsement: None,
            check_digit: false,
        }
    }
}

impl Numbering {
    /// The form under which a line meets the policy it means; lines are merged in the order of this.
    pub fn key_of_line(&self, text: &str) -> String {
        self.ours(normalise(self.without_endorsement(text)), normalise)
    }

    /// What two numbers of one form must share besides. The same for every number, unless zeros matter.
    pub(super) fn strict_of_line(&self, text: &str) -> Option<String> {
        let form = || normalise_keeping_zeros(self.without_endorsement(text));
        self.zeros_matter.then(|| self.ours(form(), normalise_keeping_zeros))
    }

    /// The same of a policy.
    pub(super) fn strict_of_policy(&self, number: &str) -> Option<String> {
        self.zeros_matter.then(|| normalise_keeping_zeros(number))
    }

    /// The forms of the numbers that a line names, in its order and each once; none when it names only one.
    pub(super) fn names(&self, text: &str) -> Vec<String> {
        let text = self.without_endorsement(text);
        if !text.contains(|c| self.separators.contains(c)) {
            return Vec::new();
        }
        let mut names: Vec<String> = Vec::new();
        for part in text.split(|c| self.separators.contains(c)) {
            let name = self.ours(normalise(part), normalise);
            if !name.is_empty() && !names.contains(&name) {
                names.push(name);
            }
        }
        if names.len() > 1 { names } else { Vec::new() }
    }

    /// Whether this can only be the number of the policy it says.
    pub(super) fn is_certain(&self, text: &str) -> bool {
        let Some(prefix) = self.prefix.as_deref().filter(|_| self.check_digit) else { return false };
        let form = self.key_of_line(text);
        form.strip_prefix(&*normalise(prefix)).is_some_and(has_check_digit)
    }

    /// A sign between numbers that is a part of numbers.
    pub(super) fn unsound_sign(&self) -> Option<char> {
        let mark = self.endorsement.map(|endorsement| endorsement.mark);
        self.separators.chars().chain(mark).find(|sign| sign.is_alphanumeric())
    }

    fn without_endorsement<'t>(&self, text: &'t str) -> &'t str {
        let Some(EndorsementMark { mark, digits }) = self.endorsement else { return text };
        let Some((number, change)) = text.trim_end().rsplit_once(mark) else { return text };
        let change = change.trim();
        let is_change = !change.is_empty()
            && change.len() <= usize::from(digits)
            && change.bytes().all(|digit| digit.is_ascii_digit())
            && number.contains(|c: char| c.is_ascii_digit());
        if is_change { number } else { text }
    }

    /// Our number out of theirs: without what they put before it, with what they leave out.
    fn ours(&self, mut form: String, again: fn(&str) -> String) -> String {
        for dropped in &self.dropped_prefixes {
            let dropped = normalise(dropped);
            if let Some(rest) = form.strip_prefix(&*dropped).filter(|rest| !dropped.is_empty() && !rest.is_empty()) {
                form = again(rest);
                break;
            }
        }
        match &self.prefix {
            Some(prefix) if !form.is_empty() && form.bytes().all(|digit| digit.is_ascii_digit()) => {
                again(&format!("{prefix}{form}"))
            }
            _ => form,
        }
    }
}

#[cfg(test)]
#[path = "tests/numbering.rs"]
mod tests;
