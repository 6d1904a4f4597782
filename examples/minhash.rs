//! Says of pairs of texts how alike they are taken to be, and whether one finds the other; for
//! `scripts/minhash-check`. Each line is a pair with a tab between.

use std::io::{Result, Write as _, stdin, stdout};
use train::domain::conversations::{Role, Signature, Turn};

fn main() -> Result<()> {
    let mut out = stdout().lock();
    for line in stdin().lines() {
        let line = line?;
        let Some((one, other)) = line.split_once('\t') else { continue };
        let Some((one, other)) = signature(one).zip(signature(other)) else { continue };
        let others = other.bands();
        let meets = one.bands().iter().any(|band| others.contains(band));
        writeln!(out, "{} {meets}", one.similarity(&other))?;
    }
    Ok(())
}

fn signature(text: &str) -> Option<Signature> {
    Signature::of(&[Turn { role: Role::User, content: text.to_owned() }])
}
