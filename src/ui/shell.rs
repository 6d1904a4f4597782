//! The HTML document around every page, rendered by the server only.

use super::{
    app::App,
    client::{boot, theme},
    hydration::Hydration,
};
use crate::{
    api::{boot::Boot, preferences::BootPreferences},
    domain::{json, merge_patch::overlay, preferences::Preferences},
};
use leptos::prelude::*;
use leptos_meta::{HashedStylesheet, MetaTags};
use serde_json::Value;

/// What search engines and those who are sent a link are told of any page.
const DESCRIPTION: &str =
    "Settings and administration for teams that make fine-tuning data with Claude.";

/// The element that the application has for itself. Extensions add theirs to the body.
pub const ROOT: &str = "app";

/// The whole document. The preferences that shape it stand on `<html>` before any script has run.
pub fn shell(options: LeptosOptions) -> impl IntoView {
    let boot = use_context::<Boot>().unwrap_or_default();
    let [theme, density, animations, sidebar] =
        theme::attributes(&applied(&boot)).map(|(_, value)| value);
    // `<` would let a text of the data end its element.
    let data = serde_json::to_string(&boot).unwrap_or_default().replace('<', "\\u003c");
    view! {
        <!DOCTYPE html>
        <html
            lang="en"
            data-theme=theme
            data-density=density
            data-animations=animations
            data-sidebar=sidebar
        >
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="color-scheme" content="light dark" />
                <meta name="description" content=DESCRIPTION />
                <HashedStylesheet id="style" options=options.clone() />
                <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
                <script type="application/json" id=boot::ELEMENT inner_html=data></script>
                <AutoReload options=options.clone() />
                <Hydration />
                <MetaTags />
            </head>
            <body>
                <div id=ROOT>
                    <App />
                </div>
            </body>
        </html>
    }
}

/// What applies on this device, as far as the server knows.
fn applied(boot: &Boot) -> Preferences {
    let effective = match &boot.preferences {
        BootPreferences::Loaded(snapshot) => snapshot.layers.effective(),
        _ => crate::domain::preferences::defaults().clone(),
    };
    json::read(&Value::Object(overlay(&effective, &boot.device))).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    /// Every source file in a folder and below.
    fn sources(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        entries
            .flat_map(|path| match path.extension().and_then(|kind| kind.to_str()) {
                Some("rs") => vec![fs::read_to_string(path).unwrap()],
                None if path.is_dir() => sources(&path),
                _ => Vec::new(),
            })
            .collect()
    }

    #[test]
    fn code_keys_and_chords_are_kept_from_translators() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/ui");
        for source in sources(&folder) {
            for tag in ["code", "kbd", "pre"].map(|name| format!("<{name}")) {
                for (at, _) in source.match_indices(&tag) {
                    let rest = &source[at + tag.len()..];
                    let ends = rest.starts_with([' ', '>', '\n']);
                    let attributes = rest.split('>').next().unwrap_or_default();
                    assert!(!ends || attributes.contains("translate=\"no\""), "{tag}{attributes}>");
                }
            }
        }
    }
}
