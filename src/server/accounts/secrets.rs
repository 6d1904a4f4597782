//! Random secrets that stand for a person: session cookies and API tokens.

use crate::domain::accounts::SecretText;
use sha2::{Digest, Sha256};
use std::fmt;

/// What is stored of a secret, and what it is looked up by. A plain hash is enough, because nobody
/// can guess 256 random bits.
pub type SecretHash = [u8; 32];

/// A freshly made secret, on its way to its owner. It is stored nowhere; `Debug` hides it.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// 256 bits from the operating system, in hexadecimal, after the prefix.
    pub fn generate(prefix: &str) -> Result<Self, getrandom::Error> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes)?;
        Ok(Self(format!("{prefix}{}", hex::encode(bytes))))
    }

    pub fn expose(&self) -> &str {
        &self.0
    }

    pub fn hash(&self) -> SecretHash {
        hash(&self.0)
    }

    /// For telling one's tokens apart; 240 bits stay unknown.
    pub fn last_four(&self) -> &str {
        &self.0[self.0.len() - 4..]
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret(hidden)")
    }
}

/// What a one-time password is made of: no two of these look alike, on paper or read out.
const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
/// In groups of five: 100 random bits.
const GROUPS: usize = 4;

/// A password that one person makes and another types once.
pub fn one_time_password() -> Result<SecretText, getrandom::Error> {
    let mut bytes = [0; GROUPS * 5];
    getrandom::fill(&mut bytes)?;
    let letter = |byte: &u8| char::from(LETTERS[usize::from(byte % 32)]);
    let groups = bytes.chunks(5).map(|group| group.iter().map(letter).collect::<String>());
    Ok(SecretText::new(groups.collect::<Vec<_>>().join("-")))
}

/// The hash of a secret that somebody presents; `None` if it cannot be one, which spares the
/// database the question.
pub fn hash_presented(presented: &str, prefix: &str) -> Option<SecretHash> {
    let digits = presented.strip_prefix(prefix)?;
    (digits.len() == 64 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
        .then(|| hash(presented))
}

fn hash(text: &str) -> SecretHash {
    Sha256::digest(text).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::accounts::NewPassword;

    #[test]
    fn a_one_time_password_can_be_chosen_and_read_out() {
        let (one, other) = (one_time_password().unwrap(), one_time_password().unwrap());
        assert_ne!(one, other);
        assert!(NewPassword::parse(one.expose(), None).is_ok());
        let groups: Vec<_> = one.expose().split('-').collect();
        assert!(groups.len() == 4 && groups.iter().all(|group| group.len() == 5));
        assert!(!one.expose().contains(['l', 'o', '0', '1']));
    }

    #[test]
    fn what_was_made_is_recognized_and_nothing_else() {
        let secret = Secret::generate("trn_").unwrap();
        assert_eq!(hash_presented(secret.expose(), "trn_"), Some(secret.hash()));
        assert_ne!(secret.hash(), Secret::generate("trn_").unwrap().hash());
        assert_eq!(hash_presented(secret.expose(), ""), None);
        for wrong in ["", "trn_", "trn_12", &secret.expose()[4..], &format!("{} ", secret.expose())]
        {
            assert_eq!(hash_presented(wrong, "trn_"), None, "{wrong}");
        }
        assert!(!format!("{secret:?}").contains(secret.last_four()));
    }
}
