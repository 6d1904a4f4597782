//! Lines of files for spreadsheets: RFC 4180, every cell in quotes.

/// Spreadsheets take a file for UTF-8 by it.
pub const BYTE_ORDER_MARK: &str = "\u{feff}";

/// Writes a line. No cell is run as a formula.
pub fn push_line<const N: usize>(text: &mut String, cells: [&str; N]) {
    for (index, cell) in cells.into_iter().enumerate() {
        if index > 0 {
            text.push(',');
        }
        text.push('"');
        if is_formula(cell) {
            text.push('\'');
        }
        text.push_str(&cell.replace('"', "\"\""));
        text.push('"');
    }
    text.push_str("\r\n");
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
    fn cells_are_quoted() {
        let mut line = String::new();
        push_line(&mut line, ["a \"b\"", "c,\r\nd"]);
        assert_eq!(line, "\"a \"\"b\"\"\",\"c,\r\nd\"\r\n");
    }
}
