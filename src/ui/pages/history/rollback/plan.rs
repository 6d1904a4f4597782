//! What is to be taken back, and how the server is asked for it.

use crate::{
    api::{
        error::ApiError,
        history::{RollBack, RollbackAnswer},
    },
    domain::{
        error_code::ErrorCode,
        history::{
            BulkRollback, BulkRollbackAnswer, Change, ChangeFilter, ConfigType, Preview, Rollback,
            RollbackRequest, ToVersion,
        },
    },
    ui::client::rest::Call,
};
use serde::Deserialize;
use uuid::Uuid;

/// One change, and what of its target comes back.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Chosen {
    pub id: Uuid,
    target_id: Uuid,
    config_type: ConfigType,
    /// The version whose value comes back; `None`: that from before the change.
    version: Option<i64>,
}

impl Chosen {
    /// As it was before a change.
    pub fn before(change: &Change) -> Self {
        Self {
            id: change.id,
            target_id: change.target_id,
            config_type: change.config_type,
            version: None,
        }
    }

    /// As a change left it.
    pub fn after(change: &Change) -> Self {
        Self { version: Some(change.version), ..Self::before(change) }
    }

    /// As it was before a rollback that was made just now.
    pub fn made(id: Uuid, preview: &Preview) -> Self {
        Self { id, target_id: preview.target_id, config_type: preview.config_type, version: None }
    }
}

/// What is being taken back. One alone brings back the whole value; several are taken back field by
/// field.
#[derive(Clone, Debug, PartialEq)]
pub enum Plan {
    One(Chosen),
    Many(Vec<Uuid>),
    /// Everything that the filters of the page find.
    Found(Box<ChangeFilter>),
}

/// What a page needs of either answer of the server.
pub struct Outcome {
    pub previews: Vec<Preview>,
    pub applied: bool,
    /// The change that a single rollback made, and the version in it.
    pub made: Option<(Uuid, i64)>,
    /// How many changes are meant, and how many of them are of keys, which do not come back.
    pub counts: (i64, i64),
}

impl From<RollbackAnswer> for Outcome {
    fn from(answer: RollbackAnswer) -> Self {
        match answer {
            RollbackAnswer::One(one) => Self {
                made: one.change_id.map(|id| (id, one.version)),
                previews: vec![one.preview],
                applied: one.applied,
                counts: (1, 0),
            },
            RollbackAnswer::Many(many) => Self {
                previews: many.targets,
                applied: many.applied,
                made: None,
                counts: (many.changes, many.skipped_keys),
            },
        }
    }
}

impl Plan {
    /// The question above it.
    pub fn title(&self) -> String {
        match self {
            Self::One(Chosen { version: Some(version), .. }) => {
                format!("Restore version {version}?")
            }
            Self::One(_) => "Roll back this change?".to_owned(),
            Self::Many(ids) if ids.len() == 1 => "Roll back 1 change?".to_owned(),
            Self::Many(ids) => format!("Roll back {} changes?", ids.len()),
            Self::Found(_) => "Roll back all matching changes?".to_owned(),
        }
    }

    /// Whether a version comes back, instead of a change going.
    pub fn is_of_version(&self) -> bool {
        matches!(self, Self::One(Chosen { version: Some(_), .. }))
    }

    /// Asks for a preview, or with one for storing what it shows.
    fn request(&self, seen: Option<&[Preview]>, reason: &str) -> RollbackRequest {
        let reason = Some(reason.trim()).filter(|reason| !reason.is_empty()).map(str::to_owned);
        let bulk = |change_ids, filter| {
            let seen_versions =
                seen.into_iter().flatten().map(|one| (one.target_id, one.current_version));
            RollbackRequest::Bulk(BulkRollback {
                change_ids,
                filter,
                expected_versions: seen_versions.collect(),
                reason: reason.clone(),
                preview: seen.is_none(),
            })
        };
        match self {
            Self::One(chosen) => {
                let first = seen.and_then(<[_]>::first);
                let one = Rollback {
                    change_id: chosen.id,
                    target_id: chosen.target_id,
                    config_type: chosen.config_type,
                    to_version: chosen.version.map_or_else(ToVersion::default, ToVersion::Version),
                    expected_version: first.map(|preview| preview.current_version),
                    reason: reason.clone(),
                };
                match seen {
                    Some(_) => RollbackRequest::Execute(one),
                    None => RollbackRequest::Preview(one),
                }
            }
            Self::Many(ids) => bulk(Some(ids.clone()), None),
            Self::Found(filter) => bulk(None, Some((**filter).clone())),
        }
    }

    pub async fn send(&self, seen: Option<&[Preview]>, reason: &str) -> Result<Outcome, ApiError> {
        let request = self.request(seen, reason);
        Call::<RollBack>::new((), &request).send().await.map(Outcome::from)
    }

    /// The previews that come with a refusal because something was changed in the meantime.
    pub fn renewed(&self, error: &ApiError) -> Option<Vec<Preview>> {
        let current =
            error.current.as_ref().filter(|_| error.code == ErrorCode::VersionConflict)?;
        let read = match self {
            Self::One(_) => Preview::deserialize(current).map(|preview| vec![preview]),
            _ => BulkRollbackAnswer::deserialize(current).map(|answer| answer.targets),
        };
        read.ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::DateTime;

    fn preview(target_id: Uuid) -> Preview {
        Preview {
            target_id,
            config_type: ConfigType::AiConfig,
            target_name: "Default".into(),
            current_version: 7,
            differences: Vec::new(),
            warnings: Vec::new(),
            errors: Vec::new(),
            reason_required: false,
        }
    }

    #[test]
    fn stores_the_version_that_was_shown() {
        let target = Uuid::from_u128(2);
        let chosen = Chosen::made(Uuid::from_u128(1), &preview(target));
        let asked = Rollback {
            change_id: Uuid::from_u128(1),
            target_id: target,
            config_type: ConfigType::AiConfig,
            to_version: ToVersion::default(),
            expected_version: None,
            reason: None,
        };
        let one = Plan::One(chosen);
        assert_eq!(one.request(None, " "), RollbackRequest::Preview(asked.clone()));
        let stored =
            Rollback { expected_version: Some(7), reason: Some("because".into()), ..asked.clone() };
        let seen = [preview(target)];
        assert_eq!(one.request(Some(&seen), " because "), RollbackRequest::Execute(stored));
        let back = Plan::One(Chosen { version: Some(4), ..chosen });
        let asked = Rollback { to_version: ToVersion::Version(4), ..asked };
        assert_eq!(back.request(None, ""), RollbackRequest::Preview(asked));
        assert_eq!(back.title(), "Restore version 4?");
        let many = Plan::Many(vec![chosen.id]);
        let asked = BulkRollback {
            change_ids: Some(vec![chosen.id]),
            preview: true,
            ..BulkRollback::default()
        };
        assert_eq!(many.request(None, ""), RollbackRequest::Bulk(asked.clone()));
        let stored =
            BulkRollback { preview: false, expected_versions: [(target, 7)].into(), ..asked };
        assert_eq!(many.request(Some(&seen), ""), RollbackRequest::Bulk(stored));
    }

    #[test]
    fn everything_found_is_what_the_filters_say() {
        let filter = ChangeFilter {
            from: DateTime::UNIX_EPOCH,
            to: DateTime::UNIX_EPOCH,
            scope: None,
            actor: Some(Uuid::from_u128(3)),
            config_type: None,
            target_id: None,
            action: None,
            path: Some("theme".into()),
            text: None,
        };
        let asked =
            BulkRollback { filter: Some(filter.clone()), preview: true, ..BulkRollback::default() };
        let found = Plan::Found(Box::new(filter));
        assert_eq!(found.request(None, ""), RollbackRequest::Bulk(asked));
    }
}
