//! What people type in the second step of signing in: the code of their authenticator app, or one
//! of their recovery codes.

/// Signs of a recovery code: without those that are easily taken for another.
pub const RECOVERY_SIGNS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// Signs of a recovery code, of five bits each.
pub const RECOVERY_LENGTH: usize = 24;
/// Digits of a code of the app.
pub const DIGITS: usize = 6;

/// A code as it was meant, however it was grouped. Without `Debug`: it must not reach a log.
#[derive(Clone, PartialEq, Eq)]
pub enum FactorCode {
    /// Of the authenticator app.
    App(u32),
    /// A recovery code, without its hyphens.
    Recovery(String),
}

impl FactorCode {
    /// Which of both it is shows in its length.
    ///
    /// # Errors
    /// A sentence that says what is asked for.
    pub fn parse(typed: &str) -> Result<Self, &'static str> {
        let is_kept = |sign: &char| !sign.is_whitespace() && *sign != '-';
        let plain: String = typed.chars().filter(is_kept).collect();
        if plain.len() == DIGITS && plain.bytes().all(|sign| sign.is_ascii_digit()) {
            return plain.parse().map(Self::App).map_err(|_| ASKED);
        }
        let meant: String = plain.chars().map(|sign| meant(sign.to_ascii_lowercase())).collect();
        let is_one = meant.len() == RECOVERY_LENGTH
            && meant.bytes().all(|sign| RECOVERY_SIGNS.contains(&sign));
        if is_one { Ok(Self::Recovery(meant)) } else { Err(ASKED) }
    }
}

const ASKED: &str = "Enter the six digits that your app shows, or a whole recovery code.";

/// What somebody who copies by hand took for a sign that there is not.
fn meant(sign: char) -> char {
    match sign {
        'i' | 'l' => '1',
        'o' => '0',
        sign => sign,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_codes_however_they_are_grouped() {
        assert!(FactorCode::parse(" 012 345 ") == Ok(FactorCode::App(12345)));
        let code = "0123456789abcdefghjkmnpq";
        let recovery = Ok(FactorCode::Recovery(code.into()));
        assert!(FactorCode::parse("012345-6789ab-cdefgh-jkmnpq") == recovery);
        assert!(FactorCode::parse("OI2345 6789AB CDEFGH JKMNPQ\n") == recovery);
    }

    #[test]
    fn says_what_is_asked_for() {
        for typed in
            ["", "12345", "1234567", "12345a", "０１２３４５", "012345-6789ab-cdefgh-jkmnp*"]
        {
            assert!(FactorCode::parse(typed) == Err(ASKED), "{typed}");
        }
    }
}
