//! What cannot be undone is asked for by a word that has to be typed.

use super::Failure;
use std::io::{BufRead, Write};

/// Says what would happen and waits for `word` on standard input, unless `yes` said it before.
///
/// # Errors
/// Something else was typed, or nothing.
pub(super) fn typed(yes: bool, word: &str, what: &str) -> Result<(), Failure> {
    if yes {
        return Ok(());
    }
    let mut error = std::io::stderr();
    // Whoever reads it may have gone away: then nothing is typed either.
    let _ = write!(error, "{what}\nType “{word}” to go on: ");
    let _ = error.flush();
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line)?;
    match line.trim() == word {
        true => Ok(()),
        false => Err(Failure(format!(
            "Nothing was done: “{word}” was not typed. In a script, say --yes."
        ))),
    }
}
