//! Text out of a file's bytes, in whichever way of writing Unicode the program that made it
//! prefers.

/// What a file is written in. Without a mark at its beginning it is told by the zero bytes that
/// UTF-16 and UTF-32 put beside the Latin character or the bracket with which our files begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Encoding {
    Utf8,
    Utf16LittleEndian,
    Utf16BigEndian,
    Utf32,
}

/// The encoding, and how many bytes its mark has.
fn encoding(bytes: &[u8]) -> (Encoding, usize) {
    match bytes {
        [0xEF, 0xBB, 0xBF, ..] => (Encoding::Utf8, 3),
        [0xFF, 0xFE, 0, 0, ..] | [0, 0, 0xFE, 0xFF, ..] => (Encoding::Utf32, 4),
        [0xFF, 0xFE, ..] => (Encoding::Utf16LittleEndian, 2),
        [0xFE, 0xFF, ..] => (Encoding::Utf16BigEndian, 2),
        [1..=255, 0, 0, 0, ..] | [0, 0, 0, 1..=255, ..] => (Encoding::Utf32, 0),
        [1..=255, 0, ..] => (Encoding::Utf16LittleEndian, 0),
        [0, 1..=255, ..] => (Encoding::Utf16BigEndian, 0),
        _ => (Encoding::Utf8, 0),
    }
}

/// The text of a file in UTF-8 or UTF-16, without its mark.
///
/// # Errors
/// A sentence that says what the file is written in, as far as that can be told.
pub fn decode(bytes: &[u8]) -> Result<String, String> {
    let (encoding, mark) = encoding(bytes);
    let text = &bytes[mark..];
    match encoding {
        Encoding::Utf8 => std::str::from_utf8(text).map(str::to_owned).map_err(|error| {
            let place = mark + error.valid_up_to() + 1;
            format!(
                "This file is written in neither UTF-8 nor UTF-16, but perhaps in Windows-1252 \
                 (“ANSI”): byte {place} does not fit. Save it as UTF-8 and choose it again."
            )
        }),
        Encoding::Utf16LittleEndian => utf_16(text, u16::from_le_bytes),
        Encoding::Utf16BigEndian => utf_16(text, u16::from_be_bytes),
        Encoding::Utf32 => {
            Err("This file is written in UTF-32. Save it as UTF-8 and choose it again.".to_owned())
        }
    }
}

fn utf_16(bytes: &[u8], unit: impl Fn([u8; 2]) -> u16) -> Result<String, String> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let units: Vec<u16> = pairs.iter().map(|pair| unit(*pair)).collect();
    match String::from_utf16(&units) {
        Ok(text) if rest.is_empty() => Ok(text),
        _ => Err(
            "This file begins as UTF-16 but is damaged: it holds what is no character. Save it \
             anew, best as UTF-8, and choose it again."
                .to_owned(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn utf_16(text: &str, bytes: impl Fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(bytes).collect()
    }

    #[test]
    fn reads_a_file_in_utf_16_and_with_any_mark() {
        let text = "{\"theme\": \"dark\", \"é\": \"😀\"}";
        let marked = |text: &str| format!("\u{FEFF}{text}");
        for bytes in [
            text.as_bytes().to_vec(),
            marked(text).into_bytes(),
            utf_16(text, u16::to_le_bytes),
            utf_16(text, u16::to_be_bytes),
            utf_16(&marked(text), u16::to_le_bytes),
            utf_16(&marked(text), u16::to_be_bytes),
        ] {
            assert_eq!(decode(&bytes).as_deref(), Ok(text), "{bytes:?}");
        }
        assert_eq!(decode(b"").as_deref(), Ok(""));
    }

    #[test]
    fn names_the_encoding_of_what_it_cannot_read() {
        let refused = |bytes: &[u8]| decode(bytes).unwrap_err();
        assert!(refused(b"{\"a\": \"\xE9\"}").contains("Windows-1252"));
        assert!(refused(b"{\"a\": \"\xE9\"}").contains("byte 8"));
        assert!(refused(b"{\0\0\0}\0\0\0").contains("UTF-32"));
        assert!(refused(b"\xFF\xFE\0\0{\0\0\0").contains("UTF-32"));
        assert!(refused(b"\xFF\xFE{\0}").contains("UTF-16 but is damaged"), "a byte too few");
        assert!(refused(b"\xFF\xFE\x00\xD8").contains("UTF-16 but is damaged"), "half a character");
    }

    proptest! {
        #[test]
        fn whatever_was_written_is_read_back(text in "\\PC{0,40}") {
            prop_assert_eq!(decode(format!("\u{FEFF}{text}").as_bytes()), Ok(text.clone()));
            let marked = format!("\u{FEFF}{text}");
            prop_assert_eq!(decode(&utf_16(&marked, u16::to_be_bytes)), Ok(text));
        }

        #[test]
        fn never_panics(bytes: Vec<u8>) {
            let _ = decode(&bytes);
        }
    }
}
