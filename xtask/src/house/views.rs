//! Whatever draws in `src/ui` is a component: one way to write it, one way to call it, and what it
//! reads does not bind who calls it.

use super::imports::Module;
use std::collections::BTreeMap;

/// Functions that somebody else calls, by their names.
const CALLED: [(&str, &str); 2] = [("ui", "in_browser"), ("ui/shell", "shell")];

/// Functions of `ui` that draw and are no components: the file and the name.
pub fn loose(texts: &BTreeMap<Module, String>) -> Vec<(Module, String)> {
    let of_ui = texts.iter().filter(|(module, _)| module.first().is_some_and(|room| room == "ui"));
    let found = of_ui.flat_map(|(module, text)| {
        drawing(text).into_iter().map(|name| (module.clone(), name)).collect::<Vec<_>>()
    });
    found
        .filter(|(module, name)| !CALLED.contains(&(module.join("/").as_str(), name.as_str())))
        .collect()
}

/// The names of the free functions that return a view and are no components.
fn drawing(text: &str) -> Vec<String> {
    let lines: Vec<&str> = text.lines().collect();
    let mut found = Vec::new();
    let mut is_component = false;
    for (index, line) in lines.iter().enumerate() {
        let Some(name) = function(line) else {
            let belongs_to_next = line.starts_with("#[") || line.starts_with("///");
            is_component = *line == "#[component]" || (is_component && belongs_to_next);
            continue;
        };
        let length = lines[index..].iter().position(|line| line.ends_with('{'));
        let signature = lines[index..=index + length.unwrap_or_default()].join("\n");
        if !is_component && draws(returns(&signature)) {
            found.push(name.to_owned());
        }
        is_component = false;
    }
    found
}

fn draws(returned: &str) -> bool {
    returned.contains("AnyView") || returned.contains("IntoView")
}

/// The name of the function that begins with this line, at the top of its file.
fn function(line: &str) -> Option<&str> {
    let public = ["pub(crate) ", "pub(super) ", "pub "];
    let line = public.iter().find_map(|word| line.strip_prefix(word)).unwrap_or(line);
    let rest = line.strip_prefix("fn ")?;
    rest.split(['(', '<']).next()
}

/// What a function returns.
fn returns(signature: &str) -> &str {
    let signature = signature.split("\nwhere").next().unwrap_or_default();
    let mut depth = 0;
    let mut arrow = signature.len();
    for (at, letter) in signature.char_indices() {
        match letter {
            '(' => depth += 1,
            ')' => depth -= 1,
            '>' if depth == 0 && signature[..at].ends_with('-') => arrow = at,
            _ => {}
        }
    }
    &signature[arrow..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_that_draws_is_a_component() {
        let text = "\
#[component]
pub fn Whole(
    /// Its words.
    text: String,
) -> impl IntoView {
}

/// Draws.
fn line(text: String) -> AnyView {
    fn inner() -> AnyView {
    }
}

pub(super) fn row(
    Row { name }: Row,
    show: impl Fn(Row) -> AnyView,
) -> Option<AnyView> {
}

fn keep(show: impl Fn(Row) -> AnyView) {
}

fn words(show: fn() -> AnyView) -> String {
}

impl Tab {
    fn cell(self) -> AnyView {
    }
}
";
        assert_eq!(drawing(text), ["line", "row"]);
        let texts: BTreeMap<Module, String> = ["ui/pages/thing", "ui/shell", "server/thing"]
            .iter()
            .map(|path| {
                let module = path.split('/').map(str::to_owned).collect();
                (module, "pub fn shell() -> impl IntoView {\n".to_owned())
            })
            .collect();
        let found: Vec<_> = loose(&texts).into_iter().map(|(module, _)| module.join("/")).collect();
        assert_eq!(found, ["ui/pages/thing"]);
    }
}
