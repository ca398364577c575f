//! A price list as a file: CSV or XLSX, over HTTPS or SFTP.

use std::ops::Range;

use encoding_rs::Encoding;
use polis_actors::poller::{PollError, Polled, Polling, Source, Validators};
use serde::Deserialize;
use toml::Spanned;
use url::Url;

use super::auth::{AuthConfig, BadCredentials};
use super::body::Body;
use super::http::Http;
use super::round::one_document;
use super::sftp::{Sftp, SftpConfig};
use crate::insurer::{Limits, Surroundings};
use crate::mapping::rows::{Layout, csv};
use crate::mapping::workbook::xlsx;
use crate::mapping::{Building, Mapper};
use crate::offer::Catalogue;

/// Where a price list is and how it is laid out.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PriceListConfig {
    /// Address of the file: `http://`, `https://` or `sftp://`.
    pub url: Spanned<Url>,
    /// Who we are, over HTTP.
    pub auth: Option<AuthConfig>,
    /// Who we are and who they are, over SFTP.
    pub sftp: Option<SftpConfig>,
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

#[derive(Clone, Debug)]
enum Format {
    Csv { delimiter: u8, encoding: Option<&'static Encoding> },
    Xlsx { sheet: Option<String> },
}

impl FormatConfig {
    fn check(&self) -> Result<Format, (Range<usize>, String)> {
        Ok(match self {
            Self::Xlsx { sheet } => Format::Xlsx { sheet: sheet.clone() },
            Self::Csv { delimiter, encoding } => {
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
        })
    }
}

/// An insurer that publishes a price list.
pub struct PriceList {
    transport: Transport,
    mapper: Mapper,
    format: Format,
    layout: Layout,
    limits: Limits,
}

enum Transport {
    Http { url: Url, http: Http },
    Sftp(Sftp),
}

impl PriceList {
    /// A client for one insurer.
    ///
    /// # Errors
    /// The key of the configuration and what is wrong with it.
    pub fn new(
        config: &PriceListConfig, around: &Surroundings, limits: Limits, mapper: Mapper,
    ) -> Result<Self, (Range<usize>, String)> {
        let url = config.url.get_ref();
        let transport = match (url.scheme(), &config.sftp) {
            ("http" | "https", None) => {
                let http = Http::new(around, config.auth.as_ref(), limits);
                Transport::Http { url: url.clone(), http: http.map_err(|BadCredentials { at, what }| (at, what))? }
            }
            ("sftp", Some(sftp)) if config.auth.is_none() => {
                let rebase = around.rebase.clone();
                let sftp = Sftp::new(&config.url, sftp, &around.environment, rebase, limits)?;
                Transport::Sftp(sftp)
            }
            ("sftp", _) => {
                return Err((config.url.span(), "sftp:// needs the section price_list.sftp and no auth".to_owned()));
            }
            (other, None) => return Err((config.url.span(), format!("{other}:// is not http, https or sftp"))),
            (_, Some(_)) => return Err((config.url.span(), "is not sftp://, and there is a section sftp".to_owned())),
        };
        let layout = Layout { skip: config.skip_rows, trailer: config.trailer.clone() };
        Ok(Self { transport, mapper, format: config.format.check()?, layout, limits })
    }

    fn read(&self, address: &str, body: &Body, building: &mut Building<'_>) -> Result<(), PollError> {
        let layout = &self.layout;
        let mut each = |row| building.item(address, &row);
        match &self.format {
            Format::Csv { delimiter, encoding } => {
                csv(address, &body.text(address, *encoding)?, *delimiter, layout, &mut each)
            }
            Format::Xlsx { sheet } => {
                xlsx(address, &body.bytes, sheet.as_deref(), layout, self.limits.body_bytes, &mut each)
            }
        }
    }

    async fn over_sftp(&self, sftp: &Sftp, known: &Validators) -> Result<Polled<Catalogue>, PollError> {
        let address = sftp.address();
        let Some((body, validator)) = sftp.get_if_changed(known.get(address)).await? else {
            return Ok(Polled::NotModified);
        };
        body.refuse_web_page(address)?;
        let mut building = self.mapper.begin(self.limits.items);
        self.read(address, &body, &mut building)?;
        let validators = validator.map(|validator| (address.to_owned(), validator)).into_iter().collect();
        Ok(Polled::Whole { content: building.finish(address)?, validators })
    }
}

impl Source for PriceList {
    type Content = Catalogue;

    fn protocol(&self) -> &'static str {
        match (&self.format, &self.transport) {
            (Format::Csv { .. }, Transport::Http { .. }) => "csv-http",
            (Format::Csv { .. }, Transport::Sftp(_)) => "csv-sftp",
            (Format::Xlsx { .. }, Transport::Http { .. }) => "xlsx-http",
            (Format::Xlsx { .. }, Transport::Sftp(_)) => "xlsx-sftp",
        }
    }

    fn poll<'a>(&'a self, validators: &'a Validators) -> Polling<'a, Catalogue> {
        match &self.transport {
            Transport::Sftp(sftp) => Box::pin(self.over_sftp(sftp, validators)),
            Transport::Http { url, http } => {
                let address = url.as_str();
                let read = move |body: &Body, building: &mut Building<'_>| self.read(address, body, building);
                Box::pin(one_document(http, &self.mapper, address, "*/*", validators, read))
            }
        }
    }
}
