//! PostgreSQL: the pool, prepared statements by file, notifications, and which errors pass by themselves.

mod error;
mod listen;
mod pool;

pub use error::DatabaseError;
pub use listen::{Wake, listen, listen_each};
pub use pool::{Database, DatabaseConfig, Run};
