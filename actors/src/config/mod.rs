//! Configuration: one TOML file per service with overrides from the environment, read once, unknown keys refused.

mod duration;
mod load;

pub use duration::{Period, seconds};
pub use load::{ConfigError, Source, load};
