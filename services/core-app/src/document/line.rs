//! How lines of business are called in Russian.

/// The name of a line of business; a line that is not known goes by its code.
pub(super) fn name(code: &str) -> &str {
    match code {
        "motor-liability" => "ОСАГО",
        "hull" => "КАСКО",
        "travel" => "Страхование путешествующих",
        "property" => "Страхование имущества",
        "mortgage" => "Ипотечное страхование",
        "accident" => "Страхование от несчастных случаев",
        "health" => "Медицинское страхование",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use polis_proto::BUSINESS_LINES;

    use super::*;

    #[test]
    fn every_line_of_business_has_a_name() {
        assert!(BUSINESS_LINES.into_iter().all(|code| name(code) != code));
    }
}
