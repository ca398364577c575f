//! A price list as a file over HTTPS: CSV or XLSX.

use std::ops::Range;

use encoding_rs::Encoding;
use polis_actors::poller::{PollError, Polling, Source, Validators};
use serde::Deserialize;
use toml::Spanned;
use url::Url;

use super::auth::AuthConfig;
use super::body::Body;
use super::http::Http;
use super::round::one_document;
use crate::mapping::rows::{Layout, csv, xlsx};
use crate::mapping::{Building, Mapper};
use crate::offer::Catalogue;

/// Where a price list is and how it is laid out.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PriceListConfig {
    /// Address of the file.
    pub url: Url,
    /// Who we are.
    pub auth: Option<AuthConfig>,
    /// What the file is.
    pub format: FormatConfig,
    /// Rows above the one with the names.
    #[serde(default)]
    pub skip_rows: usize,
    /// How the last row begins. Its first number is the number of rows; without that row the file is not whole.
    pub trailer: Option<String>,
}

/// What a file is.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum FormatConfig {
    /// Text with delimiters.
    Csv {
        /// Between fields, one character.
        #[serde(default = "comma")]
        delimiter: Spanned<char>,
        /// `utf-8` or `windows-1251`, when the answer does not say.
        encoding: Option<Spanned<String>>,
    },
    /// A workbook.
    Xlsx {
        /// Name of the sheet; the first one when absent.
        sheet: Option<String>,
    },
}

fn comma() -> Spanned<char> {
    Spanned::new(0..0, ',')
}

/// A configuration that can be used.
#[derive(Clone, Debug)]
pub struct Checked {
    url: Url,
    format: Format,
    layout: Layout,
}

#[derive(Clone, Debug)]
enum Format {
    Csv { delimiter: u8, encoding: Option<&'static Encoding> },
    Xlsx { sheet: Option<String> },
}

impl PriceListConfig {
    /// The same, ready for use.
    ///
    /// # Errors
    /// The key and what is wrong with it.
    pub fn check(&self) -> Result<Checked, (Range<usize>, String)> {
        let format = match &self.format {
            FormatConfig::Xlsx { sheet } => Format::Xlsx { sheet: sheet.clone() },
            FormatConfig::Csv { delimiter, encoding } => {
                let encoding = encoding.as_ref().map(|label| {
                    let known = Encoding::for_label(label.get_ref().as_bytes());
                    known.ok_or_else(|| (label.span(), format!("{:?} is not an encoding", label.get_ref())))
                });
                let character = *delimiter.get_ref();
                let delimiter = u8::try_from(character)
                    .ok()
                    .filter(u8::is_ascii)
                    .ok_or_else(|| (delimiter.span(), format!("{character:?} is not an ASCII character")))?;
                Format::Csv { delimiter, encoding: encoding.transpose()? }
            }
        };
        let layout = Layout { skip: self.skip_rows, trailer: self.trailer.clone() };
        Ok(Checked { url: self.url.clone(), format, layout })
    }
}

/// An insurer that publishes a price list.
pub struct PriceList {
    http: Http,
    mapper: Mapper,
    config: Checked,
}

impl PriceList {
    /// A client for one insurer.
    pub fn new(config: Checked, http: Http, mapper: Mapper) -> Self {
        Self { http, mapper, config }
    }

    fn read(&self, address: &str, body: &Body, building: &mut Building<'_>) -> Result<(), PollError> {
        let layout = &self.config.layout;
        let mut each = |row| building.item(address, &row);
        match &self.config.format {
            Format::Csv { delimiter, encoding } => {
                csv(address, &body.text(address, *encoding)?, *delimiter, layout, &mut each)
            }
            Format::Xlsx { sheet } => {
                xlsx(address, &body.bytes, sheet.as_deref(), layout, self.http.limits.body_bytes, &mut each)
            }
        }
    }
}

impl Source for PriceList {
    type Content = Catalogue;

    fn protocol(&self) -> &'static str {
        match self.config.format {
            Format::Csv { .. } => "csv-http",
            Format::Xlsx { .. } => "xlsx-http",
        }
    }

    fn poll<'a>(&'a self, validators: &'a Validators) -> Polling<'a, Catalogue> {
        let address = self.config.url.as_str();
        let read = move |body: &Body, building: &mut Building<'_>| self.read(address, body, building);
        Box::pin(one_document(&self.http, &self.mapper, address, "*/*", validators, read))
    }
}
