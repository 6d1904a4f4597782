//! What is wrong with a file, line by line.

use super::words;
use crate::{
    api::{
        imports::{ListImportProblems, ProblemsQuery},
        operation::Nothing,
    },
    domain::imports::ImportProblem,
    ui::{
        client::rest::Call,
        components::{Banner, Button, Tone},
    },
};
use leptos::{prelude::*, task::spawn_local};
use uuid::Uuid;

/// Read when they are wanted, 500 at a time.
#[component]
pub(super) fn Problems(id: Uuid, count: i64) -> impl IntoView {
    let read = RwSignal::new(Vec::<ImportProblem>::new());
    let (busy, ended) = (RwSignal::new(false), RwSignal::new(false));
    let failed = RwSignal::new(None::<String>);
    let more = move |()| {
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        failed.set(None);
        let after = read.with_untracked(|read| read.last().map(|last| last.number));
        let query = ProblemsQuery { after };
        spawn_local(async move {
            let answer = Call::<ListImportProblems>::asking(id, &query, &Nothing {}).send().await;
            busy.try_set(false);
            match answer {
                Ok(answer) => {
                    ended.try_set(answer.problems.len() < 500);
                    read.try_update(|read| read.extend(answer.problems));
                }
                Err(error) => {
                    failed.try_set(Some(error.error));
                }
            }
        });
    };
    let line = |problem: ImportProblem| {
        view! { <li>{format!("Line {}: ", problem.line)} {problem.message}</li> }
    };
    let rest = move || {
        let none = read.with(Vec::is_empty);
        (!ended.get()).then(|| {
            let label = if none { words::problems(count) } else { "Show more".into() };
            view! {
                <Button small=true busy=busy on_press=more>
                    {label}
                </Button>
            }
        })
    };
    view! {
        <ol class="import-problems">
            <For each=move || read.get() key=|problem| problem.number children=line />
        </ol>
        {move || failed.get().map(|why| view! { <Banner tone=Tone::Danger>{why}</Banner> })}
        <div class="button-row">{rest}</div>
    }
    .into_any()
}
