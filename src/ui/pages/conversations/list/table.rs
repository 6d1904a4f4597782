//! The table: its heads, and a row for each conversation.

use super::{
    asked::Asked,
    columns::{Column, Columns},
    left,
    selection::Selection,
};
use crate::{
    domain::{
        conversations::{ConversationRow, Direction},
        money::grouped,
    },
    ui::{
        components::{Badge, Icon, IconName, SortHeader, Sorted, TableRegion, Tone, parts, rows},
        conversation::{MarkBadges, ScoreBadge, StatusBadge, broken},
        moment::Moment,
    },
};
use chrono::{DateTime, Utc};
use leptos::{ev::KeyboardEvent, html, prelude::*};
use std::sync::Arc;
use wasm_bindgen::JsCast;
use web_sys::Element;

/// The rows of one page. `body` is where they stand.
#[component]
pub fn ConversationTable(
    conversations: Vec<ConversationRow>,
    asked: Asked,
    columns: Columns,
    selection: Selection,
    body: NodeRef<html::Tbody>,
) -> impl IntoView {
    // Counted, not owned: the table stays while the next page is read.
    let conversations = Arc::new(conversations);
    let shown = columns.shown;
    let heads = move || {
        let head = |column| {
            let asked = asked.clone();
            view! { <HeadCell asked=asked column=column /> }
        };
        parts(shown.get().into_iter().map(head))
    };
    let list = move || {
        let columns = shown.get();
        let row = |row: ConversationRow| {
            let columns = columns.clone();
            view! { <Row row=row columns=columns selection=selection /> }
        };
        rows(conversations.iter().cloned(), |row| row.id, row)
    };
    let (some, all) = (move || selection.of_page().0, move || selection.of_page().1);
    // The arrows scroll the box when it has the focus itself; they are no shortcuts there.
    let scroll = |event: KeyboardEvent| {
        let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        let is_box = target.is_some_and(|target| target.class_list().contains("table-scroll"));
        if is_box && event.key().starts_with("Arrow") {
            event.stop_propagation();
        }
    };
    view! {
        <div on:keydown=scroll>
            <TableRegion label="List of conversations">
                <table class="table conversation-table">
                    <thead>
                        <tr>
                            <th scope="col">
                                <span class="conversation-head">
                                    <label class="conversation-check">
                                        <input
                                            class="check"
                                            type="checkbox"
                                            autocomplete="off"
                                            aria-label="Select this page"
                                            data-needs-script=""
                                            prop:checked=all
                                            prop:indeterminate=some
                                            on:change:target=move |event| {
                                                selection.select_page(event.target().checked());
                                            }
                                        />
                                    </label>
                                    "Title"
                                </span>
                            </th>
                            {heads}
                        </tr>
                    </thead>
                    <tbody node_ref=body>{list}</tbody>
                </table>
            </TableRegion>
        </div>
    }
    .into_any()
}

#[component]
fn HeadCell(asked: Asked, column: Column) -> impl IntoView {
    let number = column.is_number();
    let Some(key) = column.sort_key() else {
        return view! {
            <th scope="col" data-num=number.then_some("")>
                {column.label()}
            </th>
        }
        .into_any();
    };
    let (sort, direction) = asked.order();
    let sorted = match direction {
        _ if sort != key => Sorted::No,
        Direction::Ascending => Sorted::Ascending,
        Direction::Descending => Sorted::Descending,
    };
    let href = asked.sorted_by(key).address();
    view! { <SortHeader label=column.label() href=href sorted=sorted number=number /> }.into_any()
}

#[component]
fn Row(row: ConversationRow, columns: Vec<Column>, selection: Selection) -> impl IntoView {
    let (id, status) = (row.id, row.status);
    let title = match row.title.as_str() {
        "" => "Untitled".to_owned(),
        title => title.to_owned(),
    };
    let about: Vec<_> = [&*row.persona, &*row.emotion, &*row.topic]
        .into_iter()
        .filter(|it| !it.is_empty())
        .collect();
    let about = about.join(" · ");
    let about = (!about.is_empty()).then(|| view! { <small class="muted">{about}</small> });
    let demonstration = row.is_demonstration.then(|| view! { <Badge>"Demo"</Badge> });
    let (name, public_id) = (format!("Select “{title}”"), row.public_id.clone());
    let href = format!("/conversations/{public_id}");
    let row = Arc::new(row);
    let cell = |column| {
        let row = Arc::clone(&row);
        view! { <Cell row=row column=column /> }
    };
    let cells = parts(columns.into_iter().map(cell));
    view! {
        <tr data-selected=move || selection.has(id).then_some("")>
            <th scope="row">
                <span class="conversation-head">
                    <label class="conversation-check">
                        <input
                            class="check"
                            type="checkbox"
                            autocomplete="off"
                            aria-label=name
                            data-needs-script=""
                            prop:checked=move || selection.has(id)
                            on:change=move |_| selection.toggle(id, status)
                        />
                    </label>
                    <span class="conversation-title">
                        <a
                            id=left::link_id(&public_id)
                            href=href
                            on:click=move |event| left::note(&event, &public_id)
                        >
                            {title}
                        </a>
                        {demonstration}
                        {about}
                    </span>
                </span>
            </th>
            {cells}
        </tr>
    }
    .into_any()
}

#[component]
fn Cell(row: Arc<ConversationRow>, column: Column) -> impl IntoView {
    let number = |text: String| view! { <td data-num="">{text}</td> }.into_any();
    match column {
        Column::Tier => view! { <td class="nowrap">{row.tier.label()}</td> }.into_any(),
        Column::Status => view! {
            <td>
                <StatusBadge status=row.status />
            </td>
        }
        .into_any(),
        Column::Score => view! {
            <td data-num="">
                <ScoreBadge score=row.quality_score />
            </td>
        }
        .into_any(),
        Column::Trainable => view! { <Trainable row=row /> }.into_any(),
        Column::Marks => view! {
            <td>
                <MarkBadges likeness=row.likeness kinds=row.finding_kinds.clone() />
            </td>
        }
        .into_any(),
        Column::Turns => number(row.turn_count.to_string()),
        Column::Tokens => number(format!("~{}", grouped(&row.training_tokens.to_string()))),
        Column::Cost => {
            number(row.actual_cost.map_or_else(|| "–".to_owned(), |cost| cost.to_string()))
        }
        Column::Author => view! {
            <td class="nowrap" translate="no">
                {row.author_name.clone().unwrap_or_else(|| "–".to_owned())}
            </td>
        }
        .into_any(),
        Column::Created => view! { <Time time=row.created_at /> }.into_any(),
        Column::Updated => view! { <Time time=row.updated_at /> }.into_any(),
    }
}

#[component]
fn Time(time: DateTime<Utc>) -> impl IntoView {
    view! {
        <td class="nowrap">
            <Moment time=time />
        </td>
    }
    .into_any()
}

/// A check, or the first rule that is broken; all of them as its title.
#[component]
fn Trainable(row: Arc<ConversationRow>) -> impl IntoView {
    let Some(first) = row.gate_failures.first() else {
        return view! {
            <td>
                <span class="conversation-trainable">
                    <Icon name=IconName::Check size="s" />
                    <span class="visually-hidden">"Trainable"</span>
                </span>
            </td>
        }
        .into_any();
    };
    let all: Vec<_> = row.gate_failures.iter().map(broken).collect();
    let first = first.rule.label();
    view! {
        <td title=all.join("\n")>
            <Badge tone=Tone::Warning>{first}</Badge>
        </td>
    }
    .into_any()
}
