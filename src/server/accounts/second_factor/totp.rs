//! The codes of authenticator apps: RFC 6238 with SHA-1, six digits and 30 seconds, which is what
//! all of these apps can do.

use crate::domain::accounts::factor_code::DIGITS;
use hmac::{Hmac, KeyInit, Mac};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use sha1::Sha1;
use std::fmt::Write;
use zeroize::Zeroizing;

/// How long one code lasts.
const STEP_SECONDS: i64 = 30;
/// Clocks of telephones are wrong by seconds, and people need some to type.
const STEPS_ASIDE: i64 = 1;
/// Bytes of a secret, as RFC 4226 recommends them.
const LENGTH: usize = 20;
/// What the app calls where the codes are for.
const ISSUER: &str = "Train";

/// What server and app share. Without `Debug`; its memory is wiped when it is dropped.
pub struct SharedSecret(Zeroizing<[u8; LENGTH]>);

impl SharedSecret {
    pub fn generate() -> Result<Self, getrandom::Error> {
        let mut bytes = Zeroizing::new([0; LENGTH]);
        getrandom::fill(&mut *bytes)?;
        Ok(Self(bytes))
    }

    /// As it is sealed.
    pub fn to_hex(&self) -> String {
        hex::encode(*self.0)
    }

    /// `None` for what [`Self::to_hex`] did not write.
    pub fn from_hex(text: &str) -> Option<Self> {
        let mut bytes = Zeroizing::new([0; LENGTH]);
        hex::decode_to_slice(text, &mut *bytes).ok()?;
        Some(Self(bytes))
    }

    /// As people type it into an app: base32.
    pub fn to_base32(&self) -> String {
        let signs = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        five_bits(&*self.0).map(|five| char::from(signs[five])).collect()
    }

    /// As apps read it from a picture.
    pub fn uri(&self, account: &str) -> String {
        let account = utf8_percent_encode(account, NON_ALPHANUMERIC);
        format!("otpauth://totp/{ISSUER}:{account}?secret={}&issuer={ISSUER}", self.to_base32())
    }

    /// The step whose code this is: the present one or a neighbour, but none up to `last`, whose
    /// codes are used up. `now` in seconds since 1970.
    pub fn matching_step(&self, code: u32, now: i64, last: i64) -> Option<i64> {
        let present = now.div_euclid(STEP_SECONDS);
        let mut steps = (present - STEPS_ASIDE..=present + STEPS_ASIDE).filter(|step| *step > last);
        steps.find(|step| self.code(*step) == Some(code))
    }

    /// RFC 4226, 5.3.
    fn code(&self, step: i64) -> Option<u32> {
        let mut mac = Hmac::<Sha1>::new_from_slice(&*self.0).ok()?;
        mac.update(&u64::try_from(step).ok()?.to_be_bytes());
        let digest: [u8; 20] = mac.finalize().into_bytes().into();
        let at = usize::from(digest[19] & 0xf);
        let four = digest.get(at..at + 4)?.try_into().ok()?;
        let modulus = 10_u32.pow(u32::try_from(DIGITS).ok()?);
        Some((u32::from_be_bytes(four) & 0x7fff_ffff) % modulus)
    }
}

/// Bytes in pieces of five bits; the number of bytes is a multiple of five.
pub(super) fn five_bits(bytes: &[u8]) -> impl Iterator<Item = usize> {
    bytes.chunks(5).flat_map(|five| {
        let number = five.iter().fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
        (0..8).rev().map(move |at| usize::try_from(number >> (at * 5) & 31).unwrap_or_default())
    })
}

/// The picture that apps read: SVG, black on white in both themes.
///
/// # Errors
/// A sentence for the log: the text is too long for any picture.
pub fn picture(text: &str) -> Result<String, String> {
    /// Modules of white around it, as its standard wants.
    const QUIET: usize = 4;
    let code = qrcode::QrCode::new(text).map_err(|error| format!("a QR code: {error}"))?;
    let size = code.width() + 2 * QUIET;
    let mut path = String::new();
    for (row, colors) in code.to_colors().chunks(code.width()).enumerate() {
        for (column, color) in colors.iter().enumerate() {
            if *color == qrcode::Color::Dark {
                let (x, y) = (column + QUIET, row + QUIET);
                write!(path, "M{x} {y}h1v1h-1z").map_err(|error| error.to_string())?;
            }
        }
    }
    Ok(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {size} {size}\" \
         shape-rendering=\"crispEdges\"><path fill=\"#fff\" d=\"M0 0h{size}v{size}H0z\"/>\
         <path fill=\"#000\" d=\"{path}\"/></svg>"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The secret of the RFCs' examples.
    fn example() -> SharedSecret {
        SharedSecret(Zeroizing::new(*b"12345678901234567890"))
    }

    #[test]
    fn makes_the_codes_of_rfc_4226() {
        let codes = [
            755_224, 287_082, 359_152, 969_429, 338_314, 254_676, 287_922, 162_583, 399_871,
            520_489,
        ];
        for (step, code) in (0..).zip(codes) {
            assert_eq!(example().code(step), Some(code), "{step}");
        }
    }

    /// The last six of its eight digits.
    #[test]
    fn makes_the_codes_of_rfc_6238() {
        for (time, code) in [
            (59, 287_082),
            (1_111_111_109, 81_804),
            (1_111_111_111, 50_471),
            (1_234_567_890, 5_924),
            (2_000_000_000, 279_037),
            (20_000_000_000, 353_130),
        ] {
            let step = time / STEP_SECONDS;
            assert_eq!(example().matching_step(code, time, 0), Some(step), "{time}");
        }
    }

    #[test]
    fn a_clock_may_be_wrong_by_one_step() {
        let now = 100 * STEP_SECONDS + 7;
        for (step, is_taken) in [(98, false), (99, true), (100, true), (101, true), (102, false)] {
            let code = example().code(step).unwrap();
            assert_eq!(example().matching_step(code, now, 0).is_some(), is_taken, "{step}");
        }
    }

    #[test]
    fn no_code_is_taken_twice_nor_one_before_it() {
        let now = 100 * STEP_SECONDS;
        let code = |step| example().code(step).unwrap();
        assert_eq!(example().matching_step(code(100), now, 99), Some(100));
        assert_eq!(example().matching_step(code(100), now, 100), None);
        assert_eq!(example().matching_step(code(99), now, 100), None);
        assert_eq!(example().matching_step(code(101), now, 100), Some(101));
    }

    #[test]
    fn is_written_for_the_vault_for_people_and_for_apps() {
        let secret = example();
        assert_eq!(secret.to_base32(), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        assert_eq!(SharedSecret::from_hex(&secret.to_hex()).unwrap().to_hex(), secret.to_hex());
        assert!(SharedSecret::from_hex("3132").is_none());
        assert_eq!(
            secret.uri("anna+b@example.com"),
            "otpauth://totp/Train:anna%2Bb%40example%2Ecom?\
             secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Train"
        );
        let picture = picture(&secret.uri("anna@example.com")).unwrap();
        assert!(picture.starts_with("<svg ") && !picture.contains("style"), "{picture}");
        assert!(picture.len() < 40_000, "{}", picture.len());
    }
}
