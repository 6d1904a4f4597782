//! The master key: 32 random bytes from the environment or from a file that only the server may
//! read.

mod file;

use super::Secret;
use crate::server::foundation::error::ServiceError;
use base64::{
    Engine,
    engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD},
};
use chacha20poly1305::{
    XChaCha20Poly1305, XNonce,
    aead::{Aead, KeyInit, Payload},
};
use sha2::{Digest, Sha256};
use std::{collections::BTreeSet, fmt, path::PathBuf};
use zeroize::Zeroizing;

/// Bytes of a key.
const LENGTH: usize = 32;
/// Bytes of a nonce; so many that random ones never meet.
pub(super) const NONCE: usize = 24;
/// 32 random bytes have fewer different values than this once in 10^24 times.
const FEWEST_DIFFERENT: usize = 16;
/// The example in README.md, which everybody can read.
const EXAMPLE: &str = "q0JbG5pLr1mWc8vXy2nTz7sKd4hQe9uAo6iFf3gRb1w=";
/// What people type when they are asked for a secret: hashed, these make 32 bytes that look random.
const WORDS: [&str; 8] =
    ["", "changeme", "change-me", "secret", "password", "train", "test", "example"];

/// Why there is no master key: one sentence for the operator.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    #[error(
        "it must be 32 random bytes in base64 or hexadecimal, as `openssl rand -base64 32` makes \
            them"
    )]
    Malformed,
    #[error(
        "it is a key that others can guess or have read; make a new one with `openssl rand -base64 \
            32`"
    )]
    Weak,
    #[error(
        "The master key in {path} is not usable: {error}. Bring the file back from a backup: \
            without it the stored keys are lost."
    )]
    InFile { path: PathBuf, error: Box<KeyError> },
    #[error(
        "The master key {path} is missing. Bring it back from a backup of the data directory; \
         `train vault status` says which stored keys need it."
    )]
    Missing { path: PathBuf },
    #[error("The master key in {path} can be read by others. Run: chmod 600 {path}")]
    Open { path: PathBuf },
    #[error("The master key in {path} cannot be read or made: {error}")]
    Io { path: PathBuf, error: std::io::Error },
    #[error("The operating system gives no random numbers: {0}")]
    Random(#[from] getrandom::Error),
}

/// One master key. `Debug` shows only its id, and its memory is wiped when it is dropped.
#[derive(Clone)]
pub struct MasterKey {
    bytes: Zeroizing<[u8; LENGTH]>,
    id: String,
}

impl MasterKey {
    /// Reads base64 (either alphabet, padded or not) or hexadecimal.
    ///
    /// # Errors
    /// [`KeyError::Malformed`], or [`KeyError::Weak`] for a key that is known or has a pattern.
    /// Neither repeats it.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let text = text.trim();
        let decoded = Zeroizing::new(if text.len() == 2 * LENGTH {
            hex::decode(text).map_err(|_| KeyError::Malformed)?
        } else {
            let digits = text.trim_end_matches('=');
            let read = STANDARD_NO_PAD.decode(digits).or_else(|_| URL_SAFE_NO_PAD.decode(digits));
            read.map_err(|_| KeyError::Malformed)?
        });
        let bytes: [u8; LENGTH] = decoded.as_slice().try_into().map_err(|_| KeyError::Malformed)?;
        let bytes = Zeroizing::new(bytes);
        if is_weak(&bytes) || text.trim_end_matches('=') == EXAMPLE.trim_end_matches('=') {
            return Err(KeyError::Weak);
        }
        Ok(Self::new(bytes))
    }

    pub fn generate() -> Result<Self, KeyError> {
        let mut bytes = Zeroizing::new([0; LENGTH]);
        getrandom::fill(&mut *bytes)?;
        Ok(Self::new(bytes))
    }

    fn new(bytes: Zeroizing<[u8; LENGTH]>) -> Self {
        let id = hex::encode(&Sha256::digest(*bytes)[..4]);
        Self { bytes, id }
    }

    /// The first 8 hexadecimal digits of its SHA-256: tells keys apart and gives nothing away.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// A fresh nonce and the ciphertext with its tag.
    pub(super) fn seal(
        &self,
        identity: &[u8],
        plain: &[u8],
    ) -> Result<([u8; NONCE], Vec<u8>), ServiceError> {
        let mut nonce = [0; NONCE];
        getrandom::fill(&mut nonce)
            .map_err(|error| ServiceError::Internal(format!("random numbers: {error}")))?;
        let sealed =
            self.cipher().encrypt(&XNonce::from(nonce), Payload { msg: plain, aad: identity });
        let ciphertext =
            sealed.map_err(|_| ServiceError::Internal("a key could not be encrypted".into()))?;
        Ok((nonce, ciphertext))
    }

    /// `None` when it is not the text that was sealed under this key for this row.
    fn open(&self, identity: &[u8], nonce: &[u8], ciphertext: &[u8]) -> Option<Secret> {
        let nonce: [u8; NONCE] = nonce.try_into().ok()?;
        let payload = Payload { msg: ciphertext, aad: identity };
        let plain = self.cipher().decrypt(&XNonce::from(nonce), payload).ok()?;
        match String::from_utf8(plain) {
            Ok(text) => Some(Secret::new(text)),
            Err(error) => {
                drop(Zeroizing::new(error.into_bytes()));
                None
            }
        }
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new((&*self.bytes).into())
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "MasterKey({})", self.id)
    }
}

/// Text, a pattern, or the hash of a word: nothing that a random generator gives in the lifetime of
/// the universe.
fn is_weak(bytes: &[u8; LENGTH]) -> bool {
    let different = bytes.iter().collect::<BTreeSet<_>>().len();
    let is_text = bytes.iter().all(|byte| byte.is_ascii_graphic() || byte.is_ascii_whitespace());
    let step = bytes[1].wrapping_sub(bytes[0]);
    let is_counting = bytes.windows(2).all(|pair| pair[1].wrapping_sub(pair[0]) == step);
    let is_a_word = WORDS.iter().any(|word| Sha256::digest(word).as_slice() == bytes);
    different < FEWEST_DIFFERENT || is_text || is_counting || is_a_word
}

/// The key that seals, and those before it that still open what was not sealed anew yet.
#[derive(Clone, Debug)]
pub struct Keyring {
    current: MasterKey,
    previous: Vec<MasterKey>,
}

impl Keyring {
    pub fn new(current: MasterKey, previous: Vec<MasterKey>) -> Self {
        Self { current, previous }
    }

    pub fn current(&self) -> &MasterKey {
        &self.current
    }

    pub(super) fn into_current(self) -> MasterKey {
        self.current
    }

    /// All of them, the one that seals first.
    fn keys(&self) -> impl Iterator<Item = &MasterKey> {
        std::iter::once(&self.current).chain(&self.previous)
    }

    /// Their ids, the one that seals first.
    pub fn ids(&self) -> Vec<String> {
        self.keys().map(|key| key.id.clone()).collect()
    }

    /// Whether the key of that id is here.
    pub fn has(&self, key_id: &str) -> bool {
        self.keys().any(|key| key.id == key_id)
    }

    /// Opens with the key of that id.
    ///
    /// # Errors
    /// When the key is not here, or the row is not what was sealed.
    pub(super) fn open(
        &self,
        key_id: &str,
        identity: &[u8],
        nonce: &[u8],
        ciphertext: &[u8],
    ) -> Result<Secret, Unreadable> {
        let Some(key) = self.keys().find(|key| key.id == key_id) else {
            return Err(Unreadable::OtherMasterKey {
                key_id: key_id.to_owned(),
                present: self.ids().join(", "),
            });
        };
        let opened = key.open(identity, nonce, ciphertext);
        opened.ok_or_else(|| Unreadable::Damaged { key_id: key_id.to_owned() })
    }
}

/// Why a stored key cannot be opened: for the log and the operator, never for a client.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    #[error(
        "a stored key was encrypted under the master key {key_id}, which is not here; present is \
            {present}"
    )]
    OtherMasterKey { key_id: String, present: String },
    #[error("a stored key does not open with its master key {key_id}")]
    Damaged { key_id: String },
    /// There is no master key that could be tried.
    #[error("a stored key is unreadable: {0}")]
    NoMasterKey(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> Result<MasterKey, KeyError> {
        MasterKey::parse(text)
    }

    #[test]
    fn reads_every_usual_spelling_of_one_key() {
        let bytes = *MasterKey::generate().unwrap().bytes;
        let standard = STANDARD_NO_PAD.encode(bytes);
        let spellings = [
            hex::encode(bytes),
            hex::encode_upper(bytes),
            format!("{standard}="),
            format!(" {standard}\n"),
            URL_SAFE_NO_PAD.encode(bytes),
        ];
        for text in spellings {
            assert_eq!(*key(&text).unwrap().bytes, bytes, "{text}");
        }
    }

    #[test]
    fn what_others_can_guess_is_refused() {
        let counting: Vec<u8> = (0..32).collect();
        let text = b"changemechangemechangemechangeme";
        for bytes in
            [&[0; 32][..], &[0xff; 32], &[7; 32], &counting, text, &Sha256::digest("changeme")]
        {
            assert!(matches!(key(&hex::encode(bytes)), Err(KeyError::Weak)), "{bytes:?}");
        }
        assert!(matches!(key(EXAMPLE), Err(KeyError::Weak)));
        for text in [
            "",
            "changeme",
            "00",
            &"0".repeat(63),
            &"z".repeat(64),
            &STANDARD_NO_PAD.encode([1; 31]),
        ] {
            assert!(matches!(key(text), Err(KeyError::Malformed)), "{text}");
        }
    }

    #[test]
    fn opens_only_what_it_sealed_for_this_row() {
        let ours = MasterKey::generate().unwrap();
        let (nonce, sealed) = ours.seal(b"row 1", b"sk-ant-1").unwrap();
        assert_eq!(ours.open(b"row 1", &nonce, &sealed).unwrap().expose(), "sk-ant-1");
        assert!(ours.open(b"row 2", &nonce, &sealed).is_none(), "moved to another row");
        assert!(ours.open(b"row 1", &[0; NONCE], &sealed).is_none());
        assert!(MasterKey::generate().unwrap().open(b"row 1", &nonce, &sealed).is_none());
        for place in 0..sealed.len() {
            let mut altered = sealed.clone();
            altered[place] ^= 1;
            assert!(ours.open(b"row 1", &nonce, &altered).is_none(), "byte {place}");
        }
        assert_ne!(ours.seal(b"row 1", b"sk-ant-1").unwrap().1, sealed, "never twice the same");
        assert!(!sealed.windows(6).any(|part| part == b"sk-ant"));
    }

    #[test]
    fn a_key_shows_only_its_id() {
        let key = MasterKey::generate().unwrap();
        assert_eq!(format!("{key:?}"), format!("MasterKey({})", key.id()));
        assert_eq!(key.id().len(), 8);
    }
}
