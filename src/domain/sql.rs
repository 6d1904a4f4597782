//! The parts of an SQL statement, so that it can be coloured. What PostgreSQL would make of it is
//! its own business: a word is a keyword wherever it stands.

/// What a piece of a statement is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    Keyword,
    /// A number or a text in quotes.
    Literal,
    /// `$1`, which stands for a constant.
    Parameter,
    Comment,
    /// Names, signs and space.
    Plain,
}

impl Part {
    /// As style sheets call it; nothing for what has no colour.
    pub const fn name(self) -> Option<&'static str> {
        match self {
            Self::Keyword => Some("keyword"),
            Self::Literal => Some("literal"),
            Self::Parameter => Some("parameter"),
            Self::Comment => Some("comment"),
            Self::Plain => None,
        }
    }
}

const KEYWORDS: &str = " ALL ALTER ANALYZE AND ANY AS ASC BEGIN BETWEEN BY CASCADE CASE CAST \
    COALESCE COMMIT CONCURRENTLY CONFLICT CONSTRAINT COPY CREATE CROSS DEFAULT DELETE DESC \
    DISTINCT DO DROP ELSE END EXCEPT EXISTS EXPLAIN EXTENSION FALSE FILTER FOR FROM FULL FUNCTION \
    GRANT GROUP HAVING IF ILIKE IN INDEX INNER INSERT INTERSECT INTERVAL INTO IS JOIN KEY LATERAL \
    LEFT LIKE LIMIT LOCK MATERIALIZED NOT NOTHING NULL NULLS OFFSET ON ONLY OR ORDER OUTER OVER \
    PARTITION PRIMARY RECURSIVE REFERENCES REINDEX RETURNING REVOKE RIGHT ROLLBACK SELECT SET \
    TABLE THEN TO TRUE TRUNCATE UNION UNIQUE UPDATE USING VACUUM VALUES VIEW WHEN WHERE WINDOW \
    WITH ";

/// The statement piece by piece; together they are all of it.
pub fn parts(statement: &str) -> Vec<(Part, &str)> {
    let mut found = Vec::new();
    let (mut at, mut plain) = (0, 0);
    while at < statement.len() {
        let (part, length) = first(&statement[at..]);
        if part != Part::Plain {
            if plain < at {
                found.push((Part::Plain, &statement[plain..at]));
            }
            found.push((part, &statement[at..at + length]));
            plain = at + length;
        }
        at += length;
    }
    if plain < at {
        found.push((Part::Plain, &statement[plain..]));
    }
    found
}

/// What `rest`, which is not empty, begins with, and how many bytes of it.
fn first(rest: &str) -> (Part, usize) {
    let all = rest.len();
    let span = |is_part: fn(char) -> bool| {
        rest.char_indices().skip(1).find(|(_, sign)| !is_part(*sign)).map_or(all, |(end, _)| end)
    };
    let quoted = |quote: char| rest[1..].find(quote).map_or(all, |end| end + 2);
    match rest.chars().next() {
        Some('-') if rest.starts_with("--") => (Part::Comment, rest.find('\n').unwrap_or(all)),
        Some('/') if rest.starts_with("/*") => {
            (Part::Comment, rest.find("*/").map_or(all, |end| end + 2))
        }
        Some('\'') => (Part::Literal, quoted('\'')),
        Some('"') => (Part::Plain, quoted('"')),
        Some('$') if rest[1..].starts_with(|sign: char| sign.is_ascii_digit()) => {
            (Part::Parameter, span(|sign| sign.is_ascii_digit()))
        }
        Some(sign) if sign.is_ascii_digit() => {
            (Part::Literal, span(|sign| sign.is_ascii_digit() || sign == '.'))
        }
        Some(sign) if is_of_word(sign) => {
            let length = span(is_of_word);
            let word = rest[..length].to_ascii_uppercase();
            let known = KEYWORDS.contains(&format!(" {word} "));
            (if known { Part::Keyword } else { Part::Plain }, length)
        }
        Some(sign) => (Part::Plain, sign.len_utf8()),
        None => (Part::Plain, all),
    }
}

fn is_of_word(sign: char) -> bool {
    sign == '_' || sign.is_ascii_alphanumeric() || !sign.is_ascii()
}

/// Without comments and line breaks, and no longer than that many characters.
pub fn on_one_line(statement: &str, most: usize) -> String {
    let pieces = parts(statement).into_iter().filter(|(part, _)| *part != Part::Comment);
    let text: String = pieces.map(|(_, text)| text).collect();
    let text = if text.trim().is_empty() { statement } else { &text };
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn coloured(statement: &str) -> Vec<(Part, &str)> {
        parts(statement).into_iter().filter(|(part, _)| *part != Part::Plain).collect()
    }

    #[test]
    fn a_statement_falls_into_its_parts_and_nothing_is_lost() {
        use Part::{Comment, Keyword, Literal, Parameter, Plain};
        assert_eq!(
            parts("select a_1 from t -- b\nwhere x = $12"),
            [
                (Keyword, "select"),
                (Plain, " a_1 "),
                (Keyword, "from"),
                (Plain, " t "),
                (Comment, "-- b"),
                (Plain, "\n"),
                (Keyword, "where"),
                (Plain, " x = "),
                (Parameter, "$12"),
            ]
        );
        assert_eq!(
            coloured("/* é */ INSERT INTO \"select\" VALUES (1.5, 'it''s', selected, é_select)"),
            [
                (Comment, "/* é */"),
                (Keyword, "INSERT"),
                (Keyword, "INTO"),
                (Keyword, "VALUES"),
                (Literal, "1.5"),
                (Literal, "'it'"),
                (Literal, "'s'"),
            ]
        );
        // What is cut off in the middle, and signs that begin nothing.
        let unended = ["'open", "\"open", "/* open", "-- open", "$", "$x"];
        for odd in unended.into_iter().chain(["", "-", "/", "a - b / c €"]) {
            let whole: String = parts(odd).into_iter().map(|(_, text)| text).collect();
            assert_eq!(whole, odd);
        }
        assert_eq!(coloured("$ $x - / €"), []);
    }

    #[test]
    fn one_line_is_without_comments_and_has_an_end() {
        assert_eq!(on_one_line("-- first\nSELECT  1\n  FROM t -- x", 90), "SELECT 1 FROM t");
        assert_eq!(on_one_line("SELECT éé, b", 9), "SELECT éé…");
        assert_eq!(on_one_line("-- nothing else", 90), "-- nothing else");
    }
}
