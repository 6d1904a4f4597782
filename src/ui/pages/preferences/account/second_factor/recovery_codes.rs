//! Recovery codes, which are shown once.

use crate::ui::{
    client::{clipboard, files},
    components::{Banner, Button, IconName, Tone, text_rows},
};
use leptos::{prelude::*, task::spawn_local};

/// The codes, and two ways to keep them.
#[component]
pub fn RecoveryCodes(codes: Vec<String>) -> impl IntoView {
    let text = StoredValue::new(codes.join("\n"));
    let status = RwSignal::new("");
    let copy = move |()| {
        spawn_local(async move {
            let copied = clipboard::copy(&text.get_value()).await.is_ok();
            // Browsers allow it on secure pages only.
            status.set(if copied { "Copied." } else { "The browser does not allow copying here." });
        });
    };
    let download = move |()| {
        let offered = files::offer("train-recovery-codes.txt", "text/plain", &text.get_value());
        status.set(if offered.is_ok() { "Downloaded." } else { "This did not work. Copy them." });
    };
    view! {
        <div class="stack">
            <Banner tone=Tone::Warning>
                "These codes are shown only once. Each signs you in once when you are without your \
                    phone. Keep them where you keep passwords."
            </Banner>
            <ul class="recovery-codes" translate="no">
                {text_rows(codes, |code| {
                    view! {
                        <li>
                            <code translate="no">{code}</code>
                        </li>
                    }
                })}
            </ul>
            <div class="button-row">
                <Button icon=IconName::Copy on_press=copy>
                    "Copy"
                </Button>
                <Button icon=IconName::Download on_press=download>
                    "Download"
                </Button>
                <span role="status">{status}</span>
            </div>
        </div>
    }
}
