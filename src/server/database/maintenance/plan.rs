//! What runs, word for word, and what it locks.

use crate::domain::database::{OperationKind, OperationOptions, Target, quote_identifier};

/// How strongly it locks, from the weakest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LockLevel {
    ShareUpdateExclusive,
    /// REINDEX without CONCURRENTLY: its table under SHARE, its indexes wholly.
    Share,
    AccessExclusive,
}

impl LockLevel {
    pub fn of(operation: OperationKind, options: &OperationOptions) -> Self {
        match operation {
            OperationKind::VacuumFull | OperationKind::Repack => Self::AccessExclusive,
            OperationKind::Reindex if options.blocking => Self::Share,
            _ => Self::ShareUpdateExclusive,
        }
    }

    pub fn sentence(self) -> &'static str {
        match self {
            Self::ShareUpdateExclusive => {
                "SHARE UPDATE EXCLUSIVE: reading and writing go on; other maintenance and changes \
                    of the table wait."
            }
            Self::Share => {
                "SHARE on the table, ACCESS EXCLUSIVE on the index: writing waits until it is \
                    done, and so does reading by that index."
            }
            Self::AccessExclusive => {
                "ACCESS EXCLUSIVE: everyone who reads or writes the table waits until it is done."
            }
        }
    }

    /// It keeps people from working.
    pub fn blocks(self) -> bool {
        self != Self::ShareUpdateExclusive
    }

    /// Modes of `pg_locks` that it has to wait for.
    pub fn conflicts(self) -> &'static [&'static str] {
        const ALL: [&str; 8] = [
            "AccessExclusiveLock",
            "ExclusiveLock",
            "ShareRowExclusiveLock",
            "ShareLock",
            "ShareUpdateExclusiveLock",
            "RowExclusiveLock",
            "RowShareLock",
            "AccessShareLock",
        ];
        match self {
            Self::ShareUpdateExclusive => ALL.split_at(5).0,
            Self::Share => &[
                "AccessExclusiveLock",
                "ExclusiveLock",
                "ShareRowExclusiveLock",
                "ShareUpdateExclusiveLock",
                "RowExclusiveLock",
            ],
            Self::AccessExclusive => &ALL,
        }
    }
}

/// The statement. Names are quoted here and come from the catalog.
pub(super) fn statement(
    operation: OperationKind,
    options: &OperationOptions,
    target: &Target,
    database: &str,
) -> String {
    let concurrently = if options.blocking { "" } else { "CONCURRENTLY " };
    let name = match target {
        Target::Table(name) | Target::Index(name) => format!(" {}", name.quoted()),
        Target::WholeDatabase => String::new(),
    };
    match (operation, target) {
        (OperationKind::Vacuum, _) => format!("VACUUM{name}"),
        (OperationKind::VacuumAnalyze, _) => format!("VACUUM (ANALYZE){name}"),
        // Only ANALYZE counts anew what is left: FULL alone leaves the old numbers standing.
        (OperationKind::VacuumFull, _) => format!("VACUUM (FULL, ANALYZE){name}"),
        (OperationKind::Analyze, _) => format!("ANALYZE{name}"),
        (OperationKind::Reindex, Target::Table(name)) => {
            format!("REINDEX TABLE {concurrently}{}", name.quoted())
        }
        (OperationKind::Reindex, Target::Index(name)) => {
            format!("REINDEX INDEX {concurrently}{}", name.quoted())
        }
        (OperationKind::Reindex, Target::WholeDatabase) => {
            format!("REINDEX DATABASE {concurrently}{}", quote_identifier(database))
        }
        (OperationKind::Repack, _) => format!("REPACK{name}"),
        (OperationKind::DropInvalidIndex, _) => format!("DROP INDEX CONCURRENTLY{name}"),
    }
}

/// What must be typed before it begins.
pub(super) fn confirmation(
    operation: OperationKind,
    target: &Target,
    database: &str,
) -> Option<String> {
    let asks = matches!(operation, OperationKind::VacuumFull | OperationKind::Repack);
    asks.then(|| match target {
        Target::Table(name) | Target::Index(name) => name.name.clone(),
        Target::WholeDatabase => database.to_owned(),
    })
}

/// A `lock_timeout` makes sense: it may be tried again without harm. Cut off while it waits,
/// REINDEX CONCURRENTLY leaves an invalid index, and work on the whole database would lose what it
/// did.
pub(super) fn gives_up_waiting(
    operation: OperationKind,
    options: &OperationOptions,
    target: &Target,
) -> bool {
    let concurrent = match operation {
        OperationKind::Reindex => !options.blocking,
        OperationKind::DropInvalidIndex => true,
        _ => false,
    };
    !concurrent && *target != Target::WholeDatabase
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::database::ObjectName;

    #[test]
    fn each_statement_is_about_its_target_only() {
        let name = ObjectName::new("My schema", "a\"b.c");
        let (usual, blocking) = (
            OperationOptions::default(),
            OperationOptions { blocking: true, ..OperationOptions::default() },
        );
        let table = Target::Table(name.clone());
        let index = Target::Index(name);
        let said = |kind, options, target: &Target| statement(kind, options, target, "d\"b");
        let quoted = "\"My schema\".\"a\"\"b.c\"";
        assert_eq!(said(OperationKind::Vacuum, &usual, &table), format!("VACUUM {quoted}"));
        assert_eq!(
            said(OperationKind::VacuumAnalyze, &usual, &table),
            format!("VACUUM (ANALYZE) {quoted}")
        );
        assert_eq!(
            said(OperationKind::VacuumFull, &usual, &table),
            format!("VACUUM (FULL, ANALYZE) {quoted}")
        );
        assert_eq!(said(OperationKind::Analyze, &usual, &Target::WholeDatabase), "ANALYZE");
        assert_eq!(
            said(OperationKind::Reindex, &usual, &table),
            format!("REINDEX TABLE CONCURRENTLY {quoted}")
        );
        assert_eq!(
            said(OperationKind::Reindex, &blocking, &index),
            format!("REINDEX INDEX {quoted}")
        );
        let whole = said(OperationKind::Reindex, &usual, &Target::WholeDatabase);
        assert_eq!(whole, "REINDEX DATABASE CONCURRENTLY \"d\"\"b\"");
        assert_eq!(said(OperationKind::Repack, &usual, &table), format!("REPACK {quoted}"));
        assert_eq!(
            said(OperationKind::DropInvalidIndex, &usual, &index),
            format!("DROP INDEX CONCURRENTLY {quoted}")
        );
    }

    #[test]
    fn what_blocks_people_gives_up_waiting_and_what_leaves_things_behind_does_not() {
        let usual = OperationOptions::default();
        let blocking = OperationOptions { blocking: true, ..OperationOptions::default() };
        let table = Target::Table(ObjectName::new("public", "a"));
        assert!(gives_up_waiting(OperationKind::VacuumFull, &usual, &table));
        assert!(gives_up_waiting(OperationKind::Reindex, &blocking, &table));
        assert!(!gives_up_waiting(OperationKind::Reindex, &usual, &table));
        assert!(!gives_up_waiting(OperationKind::DropInvalidIndex, &usual, &table));
        assert!(!gives_up_waiting(OperationKind::Vacuum, &usual, &Target::WholeDatabase));
        assert!(LockLevel::of(OperationKind::VacuumFull, &usual).blocks());
        assert!(LockLevel::of(OperationKind::Reindex, &blocking).blocks());
        assert!(!LockLevel::of(OperationKind::Reindex, &usual).blocks());
    }
}
