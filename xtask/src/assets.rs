//! The finished files of the site, in memory: their names, and how the names depend on the content.

use sha2::{Digest, Sha256};

/// One file of the site.
#[derive(Debug, PartialEq, Eq)]
pub struct Asset {
    /// The path below the site, with `/`.
    pub path: String,
    pub content: Vec<u8>,
}

/// A short name for some content: equal content, equal name; any change, another name.
///
/// Every part is hashed with its length, so that moving bytes from one part to the next changes the
/// name.
pub fn content_hash(parts: &[&[u8]]) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    // 64 bits: enough to tell the builds of one application apart, short enough to read.
    hasher.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_content() {
        assert_eq!(content_hash(&[b"a", b"b"]), content_hash(&[b"a", b"b"]));
        assert_ne!(content_hash(&[b"a", b"b"]), content_hash(&[b"ab", b""]));
        assert_eq!(content_hash(&[b"a"]).len(), 16);
    }
}
