//! Tokens by which chat templates tell roles, turns and thoughts apart. In a text they would end a
//! turn or begin another one, because a tokenizer does not ask who wrote them.

/// Tokens that are no `<|…|>`, in lower case.
const TOKENS: &[&str] = &[
    "</s>",
    "<s>",
    "<bos>",
    "<eos>",
    "<unk>",
    "<pad>",
    "<sop>",
    "<eop>",
    "<start_of_turn>",
    "<end_of_turn>",
    "<start_of_image>",
    "<end_of_image>",
    "<think>",
    "</think>",
    "<tool_call>",
    "</tool_call>",
    "<tool_response>",
    "</tool_response>",
    "<minimax:tool_call>",
    "</minimax:tool_call>",
    "<seed:think>",
    "</seed:think>",
    "<seed:bos>",
    "<seed:eos>",
    "<fim_prefix>",
    "<fim_middle>",
    "<fim_suffix>",
    "<fim_pad>",
    "<<sys>>",
    "<</sys>>",
    "[inst]",
    "[/inst]",
    "[think]",
    "[/think]",
    "[gmask]",
    "[tool_calls]",
    "[available_tools]",
    "[/available_tools]",
    "[tool_results]",
    "[/tool_results]",
    "[system_prompt]",
    "[/system_prompt]",
    "[|user|]",
    "[|assistant|]",
    "[|system|]",
    "[|tool|]",
    "[|endofturn|]",
    "<|turn>",
    "<turn|>",
    "<|channel>",
    "<channel|>",
    "<|tool>",
    "<tool|>",
    "<|tool_call>",
    "<tool_call|>",
    "<|tool_response>",
    "<tool_response|>",
    "]~b]",
    "]~!b[",
    "[e~[",
];

/// Tokens with a number, in lower case, up to the number.
const NUMBERED: &[&str] = &["<unused", "<reserved_", "<special_", "<extra_id_"];

/// Whether a text has a token of a chat template. Capital and small letters are the same here.
pub fn has_control_token(text: &str) -> bool {
    let mut struck = Struck::new(text);
    text.bytes().enumerate().any(|(at, byte)| {
        let rest = &text.as_bytes()[at..];
        match byte {
            b'<' if begins(rest, "<s>") => !is_type(text, at) && !struck.opens(at),
            b'<' if begins(rest, "</s>") => !struck.closes(at),
            b'<' if is_type(text, at) => false,
            b'<' => is_known(rest) || is_numbered(rest) || is_between_bars(&text[at + 1..]),
            b'[' | b']' => is_known(rest),
            _ => false,
        }
    })
}

fn begins(text: &[u8], token: &str) -> bool {
    text.get(..token.len()).is_some_and(|start| start.eq_ignore_ascii_case(token.as_bytes()))
}

fn is_known(rest: &[u8]) -> bool {
    TOKENS.iter().any(|token| begins(rest, token))
}

fn is_numbered(rest: &[u8]) -> bool {
    NUMBERED.iter().filter(|start| begins(rest, start)).any(|start| {
        let rest = &rest[start.len()..];
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        digits > 0 && rest.get(digits) == Some(&b'>')
    })
}

/// `|…|>`, with the bars of some models too, which are as wide as a Chinese character. White space
/// makes it the pipes of a programming language, and without a letter or a digit it is an operator.
fn is_between_bars(rest: &str) -> bool {
    let is_bar = |letter| matches!(letter, '|' | '｜');
    let Some(inside) = rest.strip_prefix(is_bar) else { return false };
    let Some(end) = inside.find(|letter: char| {
        is_bar(letter) || matches!(letter, '<' | '>') || letter.is_whitespace()
    }) else {
        return false;
    };
    let (inside, rest) = inside.split_at(end);
    rest.strip_prefix(is_bar).is_some_and(|rest| rest.starts_with('>'))
        && (inside.contains(char::is_alphanumeric) || inside == "\"")
}

/// Whether what begins here is the argument of a generic type: `Router<S>`, `Vec<Pad>`, `::<S>`.
fn is_type(text: &str, at: usize) -> bool {
    let bytes = text.as_bytes();
    let before = at.checked_sub(1).map(|before| bytes[before]);
    let is_capital = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_uppercase);
    before.is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b':'))
        && is_capital(at + 1)
        && !is_capital(at + 2)
}

/// `<s>` and `</s>` are also how HTML strikes a text out. They are taken for that where they stand
/// as code or before the word "tag" or "element", and where they enclose a part of a line.
struct Struck<'a> {
    text: &'a str,
    /// What is not white space: a template encloses the whole turn.
    whole: (usize, usize),
    /// Where the end of a part that is struck out stands.
    end: Option<usize>,
}

impl<'a> Struck<'a> {
    fn new(text: &'a str) -> Self {
        let whole = (text.len() - text.trim_start().len(), text.trim_end().len());
        Self { text, whole, end: None }
    }

    fn opens(&mut self, at: usize) -> bool {
        if self.is_spoken_of(at, "<s>") {
            return true;
        }
        // A part within a part is none: looking for the end of each would take for ever.
        if self.end.is_some_and(|end| at < end) {
            return false;
        }
        let inside = &self.text[at + "<s>".len()..];
        let end = inside.bytes().enumerate().find_map(|(at, byte)| match byte {
            b'\n' => Some(None),
            b'<' if begins(&inside.as_bytes()[at..], "</s>") => Some(Some(at)),
            _ => None,
        });
        let Some(length) = end.flatten() else { return false };
        let end = at + "<s>".len() + length;
        let inside = &inside[..length];
        self.end = Some(end);
        !inside.is_empty()
            && inside.trim().len() == inside.len()
            && self.whole != (at, end + "</s>".len())
    }

    fn closes(&self, at: usize) -> bool {
        self.end == Some(at) || self.is_spoken_of(at, "</s>")
    }

    fn is_spoken_of(&self, at: usize, tag: &str) -> bool {
        let (before, after) = (&self.text[..at], &self.text[at + tag.len()..]);
        let is_code = before.ends_with('`') && after.starts_with('`');
        is_code || [" tag", " element"].iter().any(|word| begins(after.as_bytes(), word))
    }
}
