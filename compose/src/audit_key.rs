//! The key that core-app of this stack signs checkpoints with: made once, kept with the data that it signs.

use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use crate::StackError;

/// The key in this directory, made when there is none: 64 hexadecimal digits.
pub(crate) fn audit_key(directory: &Path) -> Result<String, StackError> {
    let path = directory.join("audit.key");
    if let Ok(key) = std::fs::read_to_string(&path) {
        return Ok(key.trim().to_owned());
    }
    // Two version 4 UUIDs (RFC 9562) have 244 random bits from the operating system.
    let key = format!("{}{}", uuid::Uuid::new_v4().simple(), uuid::Uuid::new_v4().simple());
    let file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path);
    file.and_then(|mut file| file.write_all(key.as_bytes())).map_err(StackError::file("write", &path))?;
    Ok(key)
}
