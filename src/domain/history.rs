//! History: configuration changes as people read them, count them, and take them back.

mod change;
mod query;
mod rollback;
mod statistics;
mod words;

pub use change::{Change, ChangeAnswer, ChangePage};
pub use query::{ChangeQuery, ChangeScope};
pub use rollback::{
    BulkRollback, BulkRollbackAnswer, ChangeFilter, LONGEST_REASON, MANY_FIELDS, MOST_CHANGES,
    OLD_DAYS, OneRollbackAnswer, Preview, Restored, Rollback, RollbackRequest, ToVersion, Warning,
};
pub use statistics::{
    DayCount, FieldCount, PersonCount, StatisticsAnswer, StatisticsQuery, TypeCount,
};
pub use words::{ACTIONS, ConfigType, is_action};
