//! What is to be taken back, and how the server is asked for it.

use crate::{
    api::error::ApiError,
    domain::history::{BulkAnswer, Change, ChangeFilter, ConfigType, Preview, RollbackAnswer},
    ui::client::rest::LooseCall,
};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use uuid::Uuid;

const ADDRESS: &str = "/api/config/rollback";

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

/// Either answer of the server.
pub struct Outcome {
    pub previews: Vec<Preview>,
    pub applied: bool,
    /// The change that a single rollback made, and the version in it.
    pub made: Option<(Uuid, i64)>,
    /// How many changes are meant, and how many of them are of keys, which do not come back.
    pub counts: (i64, i64),
}

impl Plan {
    /// The question above it.
    pub fn title(&self) -> String {
        match self {
            Self::One(Chosen { version: Some(version), .. }) => {
                format!("Bring back version {version}?")
            }
            Self::One(_) => "Roll back this change?".to_owned(),
            Self::Many(ids) if ids.len() == 1 => "Roll back 1 change?".to_owned(),
            Self::Many(ids) => format!("Roll back {} changes?", ids.len()),
            Self::Found(_) => "Roll back everything found?".to_owned(),
        }
    }

    /// Whether a version comes back, instead of a change going.
    pub fn is_of_version(&self) -> bool {
        matches!(self, Self::One(Chosen { version: Some(_), .. }))
    }

    /// The body that asks for a preview, or with one for storing what it shows.
    fn body(&self, seen: Option<&[Preview]>, reason: &str) -> Value {
        let bulk = |what: &str, which: Value| {
            let versions: Map<String, Value> = seen
                .unwrap_or_default()
                .iter()
                .map(|preview| (preview.target_id.to_string(), preview.current_version.into()))
                .collect();
            json!({"action": "bulk", what: which, "preview": seen.is_none(), "expectedVersions": versions})
        };
        let mut body = match self {
            Self::One(chosen) => {
                let action = if seen.is_some() { "execute" } else { "preview" };
                let seen = seen.and_then(<[_]>::first).map(|preview| preview.current_version);
                let to = chosen.version.map_or(json!("before"), Value::from);
                json!({"action": action, "changeId": chosen.id, "targetId": chosen.target_id,
                    "configType": chosen.config_type, "toVersion": to, "expectedVersion": seen})
            }
            Self::Many(ids) => bulk("changeIds", json!(ids)),
            Self::Found(filter) => bulk("filter", json!(filter)),
        };
        if let Some(body) = body.as_object_mut().filter(|_| !reason.trim().is_empty()) {
            body.insert("reason".into(), reason.trim().into());
        }
        body
    }

    pub async fn send(&self, seen: Option<&[Preview]>, reason: &str) -> Result<Outcome, ApiError> {
        let call = LooseCall::with("POST", ADDRESS, &self.body(seen, reason));
        if let Self::One(_) = self {
            let answer = call.send::<RollbackAnswer>().await?;
            let made = answer.change_id.map(|id| (id, answer.version));
            return Ok(Outcome {
                previews: vec![answer.preview],
                applied: answer.applied,
                made,
                counts: (1, 0),
            });
        }
        let answer = call.send::<BulkAnswer>().await?;
        let counts = (answer.changes, answer.skipped_keys);
        Ok(Outcome { previews: answer.targets, applied: answer.applied, made: None, counts })
    }

    /// The previews that come with a refusal because something was changed in the meantime.
    pub fn renewed(&self, error: &ApiError) -> Option<Vec<Preview>> {
        let current = error.current.as_ref().filter(|_| error.code == "version_conflict")?;
        match self {
            Self::One(_) => read::<Preview>(current).map(|preview| vec![preview]),
            _ => read::<BulkAnswer>(current).map(|answer| answer.targets),
        }
    }
}

fn read<T: DeserializeOwned>(value: &Value) -> Option<T> {
    serde_json::from_value(value.clone()).ok()
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
        let one = Plan::One(chosen);
        let body = one.body(None, " ");
        assert_eq!(
            (&body["action"], &body["expectedVersion"], &body["toVersion"], body.get("reason")),
            (&json!("preview"), &Value::Null, &json!("before"), None)
        );
        let body = one.body(Some(&[preview(target)]), " because ");
        assert_eq!(
            (&body["action"], &body["expectedVersion"], &body["reason"]),
            (&json!("execute"), &json!(7), &json!("because"))
        );
        let back = Plan::One(Chosen { version: Some(4), ..chosen });
        assert_eq!(
            (back.body(None, "")["toVersion"].clone(), back.title()),
            (json!(4), "Bring back version 4?".into())
        );
        let many = Plan::Many(vec![chosen.id]);
        assert_eq!(many.body(None, "")["preview"], true);
        let body = many.body(Some(&[preview(target)]), "");
        assert_eq!(
            (&body["preview"], &body["expectedVersions"]),
            (&json!(false), &json!({target.to_string(): 7}))
        );
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
        let body = Plan::Found(Box::new(filter)).body(None, "");
        assert_eq!(
            (&body["action"], &body["filter"]["path"], &body["preview"]),
            (&json!("bulk"), &json!("theme"), &json!(true))
        );
    }
}
