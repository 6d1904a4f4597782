//! What is known of an export besides: the manifest of its file.

use crate::{
    domain::{
        exports::{ExportOptions, ExportView},
        preferences::values::ExportFormat,
    },
    ui::{
        client::clipboard,
        components::{Button, IconName, rows},
        export::words,
        moment::Moment,
    },
};
use leptos::{prelude::*, task::spawn_local};

#[component]
pub fn Details(now: Memo<ExportView>) -> impl IntoView {
    let name = now.with_untracked(|now| now.file_name.clone());
    let facts = move || {
        rows(
            now.with(facts),
            |(label, _)| *label,
            |(label, value)| {
                view! {
                    <div>
                        <dt>{label}</dt>
                        <dd>{value}</dd>
                    </div>
                }
            },
        )
    };
    let expires = Memo::new(move |_| now.with(|now| now.expires_at.filter(|_| now.can_download)));
    let expires = move || {
        expires.get().map(|time| {
            view! {
                <div>
                    <dt>"File removed"</dt>
                    <dd>
                        <Moment time=time ahead=true />
                    </dd>
                </div>
            }
        })
    };
    let sum = Memo::new(move |_| now.with(|now| now.sha256.clone()));
    let sum = move || sum.get().map(|sum| view! { <Checksum sum=sum /> });
    view! {
        <details class="export-details">
            <summary>
                "Details"
                <span class="visually-hidden">" of " <span translate="no">{name}</span></span>
            </summary>
            <dl class="facts">{facts} {expires}</dl>
            {sum}
        </details>
    }
    .into_any()
}

fn facts(export: &ExportView) -> Vec<(&'static str, String)> {
    let options = &export.options;
    let mut facts = vec![("Format", format(options)), ("Contents", contents(options))];
    if let Some(fit) = options.token_fit {
        let target = words::number(fit.target.into());
        facts.push(("Longest", format!("{target} tokens; longer ones: {}", fit.rule.label())));
    }
    facts.push(("Written", words::conversations(export.written)));
    facts.extend(words::left_out(&export.left_out).map(|told| ("Left out", told)));
    facts.extend(words::warnings(&export.warnings).map(|told| ("Content checks", told)));
    facts.extend(words::masked(&options.masked).map(|told| ("Masked", told)));
    facts
}

/// "JSONL, OpenAI messages, gzip".
fn format(options: &ExportOptions) -> String {
    let kind = (options.format == ExportFormat::Jsonl).then(|| options.kind.label());
    let packed = match (options.bundle, options.gzip) {
        (true, _) => Some("in a zip"),
        (false, true) => Some("gzip"),
        (false, false) => None,
    };
    let all = [Some(options.format.label()), kind, packed];
    all.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn contents(options: &ExportOptions) -> String {
    let parts = [
        (options.descriptions, "descriptions"),
        (options.quality_scores, "quality scores"),
        (options.timestamps, "timestamps"),
        (options.approval_history, "approval history"),
    ];
    let has = parts.into_iter().filter(|(has, _)| *has && options.metadata);
    let has: Vec<_> = ["turns"].into_iter().chain(has.map(|(_, part)| part)).collect();
    has.join(", ")
}

/// The checksum of the file, and a button that copies it.
#[component]
fn Checksum(sum: String) -> impl IntoView {
    let status = RwSignal::new("");
    let copied = sum.clone();
    let copy = move |()| {
        let sum = copied.clone();
        spawn_local(async move {
            let is_done = clipboard::copy(&sum).await.is_ok();
            // Browsers allow it on secure pages only.
            let told = if is_done { "Copied." } else { "Select it and copy it with the keyboard." };
            status.try_set(told);
        });
    };
    view! {
        <div class="export-sum">
            <span class="muted">"SHA-256"</span>
            <code translate="no">{sum}</code>
            <Button small=true icon=IconName::Copy on_press=copy>
                "Copy"
                <span class="visually-hidden">" the checksum"</span>
            </Button>
            <span class="muted" role="status">
                {status}
            </span>
        </div>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::exports::JsonlKind;

    #[test]
    fn how_a_file_is_written_is_told_in_words() {
        let mut options = ExportOptions {
            format: ExportFormat::Jsonl,
            kind: JsonlKind::Openai,
            metadata: true,
            descriptions: true,
            quality_scores: false,
            timestamps: true,
            approval_history: false,
            gzip: true,
            bundle: false,
            include: Vec::new(),
            token_fit: None,
            minimum_score: None,
            masked: Vec::new(),
        };
        assert_eq!(format(&options), "JSONL, OpenAI messages, gzip");
        assert_eq!(contents(&options), "turns, descriptions, timestamps");
        options.metadata = false;
        (options.format, options.bundle) = (ExportFormat::Csv, true);
        assert_eq!(format(&options), "CSV, in a zip");
        assert_eq!(contents(&options), "turns");
    }
}
