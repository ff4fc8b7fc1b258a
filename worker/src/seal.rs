//! Secrets at rest: forge tokens and webhook secrets are sealed with XChaCha20-Poly1305 before they reach the database.
//!
//! The key comes from `CORTEX_SECRET_KEY`, or from a file in the data folder that is made at the first start and only its
//! owner can read. Every process of one installation needs the same key. What a secret is for is part of what is
//! authenticated: a sealed webhook secret cannot be put in a forge token's place.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use sha2::{Digest as _, Sha256};

/// Bytes of a nonce.
const NONCE: usize = 24;

/// Version of the layout: one byte before the nonce.
const VERSION: u8 = 1;

/// Why a key or a secret cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SealError {
    /// `CORTEX_SECRET_KEY` is too weak.
    #[error(
        "CORTEX_SECRET_KEY has fewer than 16 characters; make one with `openssl rand -base64 32`"
    )]
    WeakKey,
    /// The key file cannot be made or read.
    #[error("{path}: {source}; or set CORTEX_SECRET_KEY")]
    KeyFile {
        /// The file.
        path: String,
        /// Why not.
        source: std::io::Error,
    },
    /// What the database holds was sealed with another key, or is damaged.
    #[error(
        "a secret in the database was sealed with another key; set CORTEX_SECRET_KEY to the one it was stored with, or store it anew"
    )]
    OtherKey,
}

/// Seals and opens secrets.
#[derive(Clone)]
pub struct Sealer(XChaCha20Poly1305);

impl std::fmt::Debug for Sealer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sealer")
    }
}

impl Sealer {
    /// From a secret text of at least 16 characters.
    pub fn from_secret(secret: &str) -> Result<Self, SealError> {
        if secret.trim().chars().count() < 16 {
            return Err(SealError::WeakKey);
        }
        Ok(Self::from_bytes(secret.trim().as_bytes()))
    }

    /// From the key file at `path`, which is made if it is not there.
    pub fn from_file(path: &Path) -> Result<Self, SealError> {
        let failed = |source| SealError::KeyFile {
            path: path.display().to_string(),
            source,
        };
        let mut options = fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt as _;
            options.mode(0o600);
        }
        match options.open(path) {
            Ok(mut file) => {
                let key = STANDARD.encode(rand::random::<[u8; 32]>());
                file.write_all(key.as_bytes()).map_err(failed)?;
                file.sync_all().map_err(failed)?;
            }
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(failed(error)),
        }
        let key = fs::read_to_string(path).map_err(failed)?;
        Self::from_secret(&key)
    }

    fn from_bytes(secret: &[u8]) -> Self {
        let mut hash = Sha256::new();
        hash.update(b"cortex sealed secrets v1\0");
        hash.update(secret);
        Self(XChaCha20Poly1305::new(&hash.finalize()))
    }

    /// Base64 of the sealed secret. `purpose` must be given again to open it.
    pub fn seal(&self, purpose: &str, secret: &str) -> Result<String, SealError> {
        let nonce = rand::random::<[u8; NONCE]>();
        let sealed = self
            .0
            .encrypt(
                &XNonce::from(nonce),
                Payload {
                    msg: secret.as_bytes(),
                    aad: purpose.as_bytes(),
                },
            )
            .map_err(|_| SealError::OtherKey)?;
        let mut bytes = vec![VERSION];
        bytes.extend_from_slice(&nonce);
        bytes.extend_from_slice(&sealed);
        Ok(STANDARD.encode(bytes))
    }

    /// The secret that [`Self::seal`] was given.
    pub fn open(&self, purpose: &str, sealed: &str) -> Result<String, SealError> {
        let bytes = STANDARD.decode(sealed).map_err(|_| SealError::OtherKey)?;
        let Some((&VERSION, rest)) = bytes.split_first() else {
            return Err(SealError::OtherKey);
        };
        let Some((nonce, text)) = rest.split_first_chunk::<NONCE>() else {
            return Err(SealError::OtherKey);
        };
        let secret = self
            .0
            .decrypt(
                &XNonce::from(*nonce),
                Payload {
                    msg: text,
                    aad: purpose.as_bytes(),
                },
            )
            .map_err(|_| SealError::OtherKey)?;
        String::from_utf8(secret).map_err(|_| SealError::OtherKey)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn a_secret_opens_with_its_key_and_purpose_only() {
        let sealer = Sealer::from_secret("0123456789abcdef").unwrap();
        let sealed = sealer.seal("forge", "hunter2").unwrap();
        assert!(!sealed.contains("hunter2"));
        assert_eq!(sealer.open("forge", &sealed).unwrap(), "hunter2");
        assert!(sealer.open("webhook", &sealed).is_err());
        let other = Sealer::from_secret("another key of some length").unwrap();
        assert!(other.open("forge", &sealed).is_err());
        for broken in ["", "AQ==", "not base64!", &sealed[..20]] {
            assert!(sealer.open("forge", broken).is_err());
        }
        assert_ne!(sealed, sealer.seal("forge", "hunter2").unwrap());
    }

    #[test]
    fn a_key_file_is_made_once_and_is_its_owners() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret.key");
        let sealed = Sealer::from_file(&path).unwrap().seal("x", "y").unwrap();
        assert_eq!(
            Sealer::from_file(&path)
                .unwrap()
                .open("x", &sealed)
                .unwrap(),
            "y"
        );
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = path.metadata().unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        assert!(Sealer::from_secret("short").is_err());
    }
}
