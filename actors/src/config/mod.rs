//! Configuration: one TOML file per service with overrides from the environment, read once, unknown keys refused.

mod duration;
mod load;
mod rebase;
mod secret;

pub use duration::{Period, seconds};
pub use load::{ConfigError, Source, load};
pub use rebase::Rebase;
pub use secret::Secret;
