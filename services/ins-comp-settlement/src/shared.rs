//! What handlers and actors of settlement share.

use std::path::PathBuf;

use polis_actors::database::Database;

use crate::insurers::Insurers;
use crate::results::Party;

/// What handlers and actors share.
#[derive(Clone)]
pub struct Shared {
    /// The service's own database.
    pub database: Database,
    /// Insurers, as they are described.
    pub insurers: Insurers,
    /// Where files are while they are read or written.
    pub spool: PathBuf,
    /// We, as we stand on acts.
    pub us: Party,
}
