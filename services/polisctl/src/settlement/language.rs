//! In which language differences are explained.

use clap::{Args, ValueEnum};

/// The language of explanations.
#[derive(Args)]
pub(super) struct Language {
    /// Of explanations; by LANG when absent.
    #[arg(long)]
    lang: Option<Lang>,
    /// What the terminal speaks.
    #[arg(long = "terminal-language", env = "LANG", hide = true)]
    terminal: Option<String>,
}

/// A language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Lang {
    /// Russian.
    Ru,
    /// English.
    En,
}

impl Language {
    /// Of two texts the one that is wanted.
    pub(super) fn of<'t>(&self, russian: &'t str, english: &'t str) -> &'t str {
        match self.lang.unwrap_or_else(|| by_terminal(self.terminal.as_deref())) {
            Lang::Ru => russian,
            Lang::En => english,
        }
    }
}

fn by_terminal(terminal: Option<&str>) -> Lang {
    if terminal.is_some_and(|name| name.starts_with("ru")) { Lang::Ru } else { Lang::En }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_terminal_says_its_language_unless_another_one_is_asked_for() {
        let of = |lang, terminal: Option<&str>| {
            let language = Language { lang, terminal: terminal.map(str::to_owned) };
            language.of("по-русски", "in English").to_owned()
        };
        assert_eq!(of(None, Some("ru_RU.UTF-8")), "по-русски");
        assert_eq!(of(Some(Lang::En), Some("ru_RU.UTF-8")), "in English");
        assert_eq!(of(None, Some("C.UTF-8")), "in English");
        assert_eq!(of(None, None), "in English");
    }
}
