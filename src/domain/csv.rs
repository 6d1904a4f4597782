//! Lines of files for spreadsheets: RFC 4180, every cell in quotes.

/// Spreadsheets take a file for UTF-8 by it.
pub const BYTE_ORDER_MARK: &str = "\u{feff}";

/// Writes a line. No cell is run as a formula.
pub fn push_line<const N: usize>(text: &mut String, cells: [impl AsRef<str>; N]) {
    for (index, cell) in cells.iter().map(AsRef::as_ref).enumerate() {
        if index > 0 {
            text.push(',');
        }
        text.push('"');
        if is_guarded(cell) {
            text.push('\'');
        }
        text.push_str(&cell.replace('"', "\"\""));
        text.push('"');
    }
    text.push_str("\r\n");
}

/// What was in a cell before [`push_line`] wrote it.
pub fn unguarded(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|text| is_guarded(text)).unwrap_or(cell)
}

/// Also what looks as if it was guarded already, so that taking the guard off gives the same text
/// back.
pub fn is_guarded(cell: &str) -> bool {
    is_formula(cell.trim_start_matches('\''))
}

/// A spreadsheet would run it: a sign with which formulas begin, also in full width, after whatever
/// it passes over.
fn is_formula(cell: &str) -> bool {
    let begins = cell.trim_start_matches([' ', '\u{a0}', '\u{feff}', '\0']);
    begins.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '|', '%', '＝', '＋', '－', '＠'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_become_texts() {
        for cell in ["=cmd()", "+1", "-2", "@SUM(A1)", " =1", "\t=1", "\r", "＝1"] {
            assert!(is_formula(cell), "{cell:?}");
        }
        for cell in ["", "dark", "a=b", "[1]", "8", "{\"a\":1}", "é"] {
            assert!(!is_formula(cell), "{cell:?}");
        }
    }

    #[test]
    fn the_guard_comes_off_again() {
        for cell in ["=1", "'=1", "''=1", "' =1", " '=1", "'", "'a", "it's", "", "-", "\t'"] {
            let mut line = String::new();
            push_line(&mut line, [cell]);
            let written = line.trim_end_matches("\r\n").trim_matches('"');
            assert_eq!(unguarded(written), cell, "{written}");
        }
        assert_eq!(unguarded("'=1"), "=1");
        assert_eq!(unguarded("'quoted'"), "'quoted'");
    }

    #[test]
    fn cells_are_quoted() {
        let mut line = String::new();
        push_line(&mut line, ["a \"b\"", "c,\r\nd"]);
        assert_eq!(line, "\"a \"\"b\"\"\",\"c,\r\nd\"\r\n");
    }
}
