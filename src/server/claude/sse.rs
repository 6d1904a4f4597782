//! Server-sent events out of bytes, however the network cut them (WHATWG HTML, 9.2.6).

use std::mem;

/// Puts lines together and collects the data of each event. Only the data: every event of Claude
/// repeats its name in there.
#[derive(Debug, Default)]
pub struct Parser {
    /// The line that has not ended yet. Bytes, because a character can arrive in two pieces.
    line: Vec<u8>,
    /// The lines of data of the event that has not ended yet.
    data: String,
    has_data: bool,
    /// The last byte was a carriage return: a line feed right after it belongs to the same end of
    /// line.
    after_return: bool,
    started: bool,
    /// Bytes since the end of the last event.
    open: usize,
}

impl Parser {
    /// The data of every event that ends in these bytes. One that is cut off by the end of the
    /// stream never ends.
    pub fn feed(&mut self, bytes: &[u8]) -> Vec<String> {
        let mut events = Vec::new();
        for &byte in bytes {
            let after_return = mem::replace(&mut self.after_return, byte == b'\r');
            self.open += 1;
            match byte {
                b'\n' if after_return => {}
                b'\n' | b'\r' => {
                    if self.line.is_empty() {
                        self.open = 0;
                    }
                    events.extend(self.end_line());
                }
                _ => self.line.push(byte),
            }
        }
        events
    }

    /// How many of the last bytes belong to an event that has not ended.
    pub fn open(&self) -> usize {
        self.open
    }

    fn end_line(&mut self) -> Option<String> {
        let bytes = mem::take(&mut self.line);
        let line = String::from_utf8_lossy(&bytes);
        let mut line = line.as_ref();
        if !mem::replace(&mut self.started, true) {
            line = line.strip_prefix('\u{feff}').unwrap_or(line);
        }
        if line.is_empty() {
            let data = mem::take(&mut self.data);
            return mem::take(&mut self.has_data).then_some(data);
        }
        // Without a colon the whole line is the name; with nothing before it, it is a comment.
        // Either is no data.
        let (name, value) = line.split_once(':').unwrap_or((line, ""));
        if name == "data" {
            if mem::replace(&mut self.has_data, true) {
                self.data.push('\n');
            }
            self.data.push_str(value.strip_prefix(' ').unwrap_or(value));
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parse(text: &str) -> Vec<String> {
        Parser::default().feed(text.as_bytes())
    }

    #[test]
    fn comments_names_and_unknown_fields_are_no_data() {
        let text = ": hello\n\nevent: ping\ndata: {}\nid: 3\nretry: 10\nnonsense\n\nevent: \
            nothing\n\ndata:x\n\n";
        assert_eq!(parse(text), ["{}", "x"]);
    }

    #[test]
    fn lines_of_data_belong_together_and_lose_one_space_only() {
        assert_eq!(parse("data: a\ndata:  b\ndata\n\n"), ["a\n b\n"]);
    }

    #[test]
    fn what_is_cut_off_is_no_event() {
        assert_eq!(parse("data: a\n\ndata: b\n"), ["a"]);
        assert_eq!(parse("data: a\n\ndata: b"), ["a"]);
    }

    #[test]
    fn a_byte_order_mark_is_skipped_at_the_start_only() {
        assert_eq!(parse("\u{feff}data: a\n\n\u{feff}data: b\n\n"), ["a"]);
    }

    proptest! {
        /// The events do not depend on how lines end, nor on where the network cuts.
        #[test]
        fn any_split_gives_the_same_events(
            contents in prop::collection::vec("[a-z:{}\" é漢🦀]{0,12}", 1..6),
            ends in prop::collection::vec(prop::sample::select(vec!["\n", "\r\n", "\r"]), 3),
            cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..12),
        ) {
            let [first, second, third] = &ends[..] else { unreachable!("three were made") };
            let text: String = contents
                .iter()
                .map(|data| format!(": é{first}event: x{second}data: {data}{third}{third}"))
                .collect();
            let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(text.len())).collect();
            cuts.sort_unstable();

            let mut parser = Parser::default();
            let mut events = Vec::new();
            let mut from = 0;
            for to in cuts.into_iter().chain([text.len()]) {
                events.extend(parser.feed(&text.as_bytes()[from..to]));
                from = to;
            }
            prop_assert_eq!(events, contents);
        }
    }
}
