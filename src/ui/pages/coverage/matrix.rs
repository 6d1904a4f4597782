//! The matrix: a row and a column for each value, and how many conversations have both.

use super::asked::Asked;
use crate::{
    domain::{
        coverage::{CoverageAnswer, CoverageCell, CoverageValue},
        money::grouped,
    },
    ui::components::{TableRegion, rows},
};
use leptos::prelude::*;
use std::collections::HashMap;

/// Shades of cells with conversations, the lightest first.
const STEPS: i64 = 4;

#[component]
pub fn Matrix(answer: CoverageAnswer, asked: Asked) -> impl IntoView {
    let CoverageAnswer { rows: lines, columns, cells, .. } = answer;
    let most = cells.iter().map(|cell| cell.count).max().unwrap_or_default();
    let cells: HashMap<_, _> = cells.into_iter().map(|cell| (cell.place(), cell)).collect();
    let (row_label, column_label) = (asked.matrix.rows.label(), asked.matrix.columns.label());
    let heads = rows(
        columns.clone(),
        |column| column.value.clone(),
        |column| view! { <Head value=column scope="col" /> },
    );
    let lines = rows(
        (0_u32..).zip(lines),
        |(_, line)| line.value.clone(),
        |(row, line)| {
            let cells = rows(
                (0_u32..).zip(&columns),
                |(_, value)| value.value.clone(),
                |(column, value)| {
                    let cell = cells.get(&(row, column)).copied();
                    let (list, generate) = match cell {
                        Some(_) => (asked.list(&line.value, &value.value), None),
                        None => (None, asked.generate(&line.value, &value.value)),
                    };
                    let step = cell.map_or(0, |cell| step(cell.count, most));
                    view! { <Cell cell=cell step=step list=list generate=generate /> }
                },
            );
            view! {
                <tr>
                    <Head value=line scope="row" />
                    {cells}
                </tr>
            }
        },
    );
    view! {
        <TableRegion label=format!(
            "{row_label} by {}",
            asked.matrix.columns.as_str(),
        )>
            <table class="table coverage-table">
                <thead>
                    <tr>
                        <th scope="col">{format!("{row_label} / {column_label}")}</th>
                        {heads}
                    </tr>
                </thead>
                <tbody>{lines}</tbody>
            </table>
        </TableRegion>
    }
    .into_any()
}

/// The head of a row or a column.
#[component]
fn Head(value: CoverageValue, scope: &'static str) -> impl IntoView {
    let CoverageValue { label, count, .. } = value;
    view! {
        <th scope=scope>
            <span class="coverage-head">{label}</span>
            <small class="muted nums">{grouped(&count.to_string())}</small>
        </th>
    }
    .into_any()
}

/// How many conversations have both values, with a way to them; of none, a way to make one.
#[component]
fn Cell(
    cell: Option<CoverageCell>,
    step: i64,
    list: Option<String>,
    generate: Option<String>,
) -> impl IntoView {
    let content = match (cell, list, generate) {
        (Some(cell), Some(href), _) => view! {
            <a href=href>
                <Numbers cell=cell />
            </a>
        }
        .into_any(),
        (Some(cell), None, _) => view! { <Numbers cell=cell /> }.into_any(),
        (None, _, Some(href)) => view! {
            <a href=href title="Generate">
                <span aria-hidden="true">"+"</span>
                <span class="visually-hidden">"None. Generate"</span>
            </a>
        }
        .into_any(),
        (None, _, None) => view! { <span class="visually-hidden">"None"</span> }.into_any(),
    };
    view! { <td data-step=step>{content}</td> }.into_any()
}

/// The same in figures and, for those who hear it, in words.
#[component]
fn Numbers(cell: CoverageCell) -> impl IntoView {
    let count = grouped(&cell.count.to_string());
    let approved = format!("{:.0} %", 100.0 * cell.approved as f64 / cell.count.max(1) as f64);
    let score = cell.mean_score.map(|score| format!("{score:.1}"));
    let figures = match &score {
        Some(score) => format!("{approved} · {score}"),
        None => approved.clone(),
    };
    let what = if cell.count == 1 { "conversation" } else { "conversations" };
    let score = score.map_or("no score".to_owned(), |score| format!("mean score {score}"));
    let words = format!("{count} {what}, {approved} approved, {score}");
    view! {
        <span class="coverage-figures" aria-hidden="true">
            <b>{count}</b>
            <small>{figures}</small>
        </span>
        <span class="visually-hidden">{words}</span>
    }
    .into_any()
}

/// From 1 for few conversations to the last step for as many as the fullest cell has.
fn step(count: i64, most: i64) -> i64 {
    let share = count as f64 / most.max(1) as f64;
    // By the root, so that a single full cell does not leave all others pale.
    ((share.sqrt() * STEPS as f64).ceil() as i64).clamp(1, STEPS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fuller_cells_are_darker() {
        assert_eq!([1, 5, 26, 60, 100].map(|count| step(count, 100)), [1, 1, 3, 4, 4]);
        assert_eq!(step(1, 1), STEPS);
    }
}
