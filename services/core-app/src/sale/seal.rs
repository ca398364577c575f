//! Personal data, sealed with the person's own key (AES-256-GCM, NIST SP 800-38D): erasing the key erases every copy.

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::rand::{SecureRandom, SystemRandom};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use thiserror::Error;
use uuid::Uuid;

/// Who applies.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Person {
    /// Full name.
    pub name: String,
    /// Date of birth, ISO 8601.
    pub born_on: String,
    /// Where the policy is sent.
    pub email: String,
    /// Where to call.
    pub phone: String,
}

/// Why something is not sealed or not opened.
#[derive(Debug, Error)]
pub enum SealError {
    /// The operating system gave no random bytes, or the key has another length.
    #[error("personal data could not be sealed")]
    Sealing,
    /// Another key, another application, or changed bytes.
    #[error("sealed data does not open with the person's key: it was changed or belongs elsewhere")]
    Opening,
}

/// Bytes of a key.
pub const KEY: usize = 32;

/// A fresh key.
///
/// # Errors
/// When there is no randomness to be had.
pub fn fresh_key() -> Result<[u8; KEY], SealError> {
    let mut key = [0; KEY];
    SystemRandom::new().fill(&mut key).map_err(|_| SealError::Sealing)?;
    Ok(key)
}

fn cipher(key: &[u8]) -> Option<LessSafeKey> {
    UnboundKey::new(&AES_256_GCM, key).ok().map(LessSafeKey::new)
}

/// Nonce and ciphertext. The application is bound in: what is sealed for one opens for no other.
///
/// # Errors
/// [`SealError::Sealing`].
pub fn seal(personal: &impl Serialize, key: &[u8], application_id: Uuid) -> Result<Vec<u8>, SealError> {
    let mut nonce = [0; NONCE_LEN];
    SystemRandom::new().fill(&mut nonce).map_err(|_| SealError::Sealing)?;
    let mut text = serde_json::to_vec(personal).map_err(|_| SealError::Sealing)?;
    let cipher = cipher(key).ok_or(SealError::Sealing)?;
    let sealed = Nonce::assume_unique_for_key(nonce);
    cipher
        .seal_in_place_append_tag(sealed, Aad::from(application_id.as_bytes()), &mut text)
        .map_err(|_| SealError::Sealing)?;
    Ok([&nonce[..], &text].concat())
}

/// What was sealed.
///
/// # Errors
/// [`SealError::Opening`].
pub fn open<T: DeserializeOwned>(sealed: &[u8], key: &[u8], application_id: Uuid) -> Result<T, SealError> {
    let (nonce, text) = sealed.split_first_chunk::<NONCE_LEN>().ok_or(SealError::Opening)?;
    let mut text = text.to_vec();
    let cipher = cipher(key).ok_or(SealError::Opening)?;
    let opened = cipher
        .open_in_place(Nonce::assume_unique_for_key(*nonce), Aad::from(application_id.as_bytes()), &mut text)
        .map_err(|_| SealError::Opening)?;
    serde_json::from_slice(opened).map_err(|_| SealError::Opening)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_with_its_key_for_its_application_only() {
        let person = Person {
            name: "Ирина Вымышленная".to_owned(),
            born_on: "1990-02-03".to_owned(),
            email: "irina@example.org".to_owned(),
            phone: "+7 900 000-00-00".to_owned(),
        };
        let (key, application) = (fresh_key().unwrap(), Uuid::from_u128(7));
        let mut sealed = seal(&person, &key, application).unwrap();
        let open = |sealed: &[u8], key: &[u8], application| open::<Person>(sealed, key, application);
        assert_eq!(open(&sealed, &key, application).unwrap(), person);
        assert!(open(&sealed, &fresh_key().unwrap(), application).is_err());
        assert!(open(&sealed, &key, Uuid::from_u128(8)).is_err());
        assert_ne!(seal(&person, &key, application).unwrap(), sealed, "never the same bytes twice");
        *sealed.last_mut().unwrap() ^= 1;
        assert!(open(&sealed, &key, application).is_err());
        assert!(open(&sealed[..5], &key, application).is_err());
    }
}
