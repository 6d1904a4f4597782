//! Asking an operator for a password: without showing it, or from a script by standard input.

use super::Failure;
use crate::domain::accounts::SecretText;
use std::io::{BufRead, IsTerminal};

/// With `from_stdin` the first line of standard input; otherwise typed twice at the terminal.
pub(super) fn ask(from_stdin: bool) -> Result<SecretText, Failure> {
    if from_stdin {
        let mut line = String::new();
        std::io::stdin().lock().read_line(&mut line)?;
        return Ok(SecretText::new(line.trim_end_matches(['\r', '\n'])));
    }
    if !std::io::stdin().is_terminal() {
        return Err(Failure(
            "There is no terminal to type the password at. Pass it by standard input with \
                --password-stdin."
                .into(),
        ));
    }
    let first = rpassword::prompt_password("Password (at least 12 characters): ")?;
    if rpassword::prompt_password("Again: ")? == first {
        Ok(SecretText::new(first))
    } else {
        Err(Failure("The two are not the same. Nothing was changed.".into()))
    }
}
