//! Numbers as people read them, and links to where something can be done.

use crate::domain::{
    database::{AlertAction, ObjectName, OperationKind},
    escape::escape,
};

/// "45 s", "12 min", "3 h", "2 days".
pub fn duration(seconds: f64) -> String {
    match seconds {
        seconds if seconds < 120.0 => format!("{seconds:.0} s"),
        seconds if seconds < 7200.0 => format!("{:.0} min", seconds / 60.0),
        seconds if seconds < 172_800.0 => format!("{:.0} h", seconds / 3600.0),
        seconds => format!("{:.0} days", seconds / 86_400.0),
    }
}

/// A statement on one line, its beginning.
pub fn statement(text: &str) -> String {
    const MOST: usize = 160;
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

/// An operation on a table, filled in.
pub fn on_table(operation: OperationKind, table: &ObjectName) -> AlertAction {
    on(operation, "table", table)
}

/// An operation on an index, filled in.
pub fn on_index(operation: OperationKind, index: &ObjectName) -> AlertAction {
    on(operation, "index", index)
}

fn on(operation: OperationKind, field: &str, object: &ObjectName) -> AlertAction {
    let (schema, name) = (escape(&object.schema), escape(&object.name));
    AlertAction {
        label: format!("{}…", operation.label()),
        href: format!(
            "/database/maintenance?operation={}&schema={schema}&{field}={name}",
            operation.as_str()
        ),
    }
}

/// A tab of the database's page.
pub fn tab(label: &str, tab: &str) -> AlertAction {
    AlertAction { label: label.to_owned(), href: format!("/database/{tab}") }
}

/// A tab, searched for one object.
pub fn found(label: &str, tab: &str, search: &str) -> AlertAction {
    AlertAction {
        label: label.to_owned(),
        href: format!("/database/{tab}?search={}", escape(search)),
    }
}
