//! docs/schema.md names every table with every column, its type and whether it may be null, and
//! nothing that is not there.

use crate::support::{TestDatabase, texts};

const DOCUMENT: &str = include_str!("../../docs/schema.md");

/// One line per column. The list of steps is sqlx's own table, which the document leaves out.
const COLUMNS: &str = "
    SELECT concat_ws(' | ', n.nspname || '.' || c.relname, a.attname,
      format_type(a.atttypid, a.atttypmod), CASE WHEN a.attnotnull THEN 'no' ELSE 'yes' END)
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE n.nspname IN ('auth', 'vault', 'public') AND c.relkind IN ('r', 'p')
      AND c.relname !~ '^_sqlx'
    ORDER BY n.nspname, c.relname, a.attnum";

/// The same lines out of a document: a heading with a dot names a table, each row of four cells
/// below it a column.
fn documented(document: &str) -> Vec<String> {
    let mut columns = Vec::new();
    let mut table = None;
    for line in document.lines() {
        if let Some(heading) = line.strip_prefix("## ") {
            table = heading.contains('.').then_some(heading);
        } else if let (Some(table), Some(row)) = (table, line.strip_prefix("| ")) {
            let cells: Vec<&str> = row.trim_end_matches('|').split('|').map(str::trim).collect();
            let [column, kind, null, _meaning] = cells.as_slice() else {
                panic!("{table}: not four cells in “{line}”");
            };
            if *column != "column" {
                columns.push(format!("{table} | {column} | {kind} | {null}"));
            }
        }
    }
    columns
}

#[tokio::test]
async fn the_document_tells_the_schema_as_it_is() {
    let test = TestDatabase::new().await;
    let there = texts(&mut test.role("train_owner").await, COLUMNS).await;
    let told = documented(DOCUMENT);
    assert!(!there.is_empty());
    let missing: Vec<_> = there.iter().filter(|column| !told.contains(column)).collect();
    let invented: Vec<_> = told.iter().filter(|column| !there.contains(column)).collect();
    assert!(
        missing.is_empty() && invented.is_empty(),
        "docs/schema.md lacks {missing:#?} and names {invented:#?}, which is not there"
    );
    assert_eq!(told.len(), there.len(), "docs/schema.md names a column twice");
}

#[test]
fn reads_the_tables_and_passes_over_the_rest() {
    let document = "## Roles\n\n| role | is |\n|---|---|\n| a | b |\n\n## public.one\n\nProse.\n\n\
        | column | type | null | meaning |\n|---|---|---|---|\n| id | uuid | no | key |\n\
        | note | text[] | yes | |\n\n\
        ## Functions\n\n| f | g | h | i |\n";
    assert_eq!(
        documented(document),
        ["public.one | id | uuid | no", "public.one | note | text[] | yes"]
    );
}
