//! What an export will have, and how it is written.

use super::{ExportService, rows};
use crate::{
    api::exports::ExportRequest,
    domain::{
        conversation_policy::{CheckAction, ConversationPolicy},
        conversations::FindingKind,
        data_sets::VersionRules,
        error_code::ErrorCode,
        exports::{ExportOptions, ExportPreview, ExportWishes, JsonlKind, LeftOut, MOST_NAMED},
        field_error::FieldError,
        preferences::values::{ExportFormat, ExportPreferences},
    },
    server::{
        conversations::Workspaces,
        foundation::{context::RequestContext, error::ServiceError},
        postgres::{Transaction, go_on_as_system},
        preferences::Entry,
        selections::{Choice, Chosen, Lacks, choose, in_tenths, lacks, tenths},
    },
};
use sqlx::types::Json;
use std::{collections::BTreeMap, sync::Arc};
use uuid::Uuid;

/// What is known before the conversations are looked at.
pub(super) struct Basis {
    pub whose: Workspaces,
    preferences: Arc<Entry>,
    policy: ConversationPolicy,
}

/// A version of a data set that is to be written.
pub(super) struct Version {
    pub id: Uuid,
    pub selection: Uuid,
    /// Whose data set it is of; none: a person's own.
    pub organization: Option<Uuid>,
    /// What became of its conversations.
    lacks: Lacks,
    /// `support-answers-v3`.
    pub file_name: String,
}

/// What an export will have.
pub(super) struct Plan {
    pub options: ExportOptions,
    /// Of conversations that are to be frozen; none of a version.
    pub ids: Vec<Uuid>,
    pub version: Option<Version>,
    pub chosen: i64,
    pub taken: i64,
    pub left_out: BTreeMap<LeftOut, i64>,
    pub warnings: BTreeMap<FindingKind, i64>,
}

impl ExportService {
    /// What applies to the person, and whose conversations they take. Holds no connection.
    pub(super) async fn basis(
        &self,
        request: &RequestContext,
        person: Uuid,
    ) -> Result<Basis, ServiceError> {
        let mut transaction = self.db.as_person(request).await?;
        let whose = Workspaces::of(&mut transaction, person).await?;
        transaction.commit().await?;
        let preferences = self.preferences.of(person).await?;
        let policy = self.policies.of(whose.organization).await?;
        Ok(Basis { whose, preferences, policy })
    }
}

impl Basis {
    /// # Errors
    /// 400 for what cannot be asked for, 404 for a version that the person does not see, 409 for
    /// one that lacks conversations.
    pub async fn plan(
        &self,
        transaction: &mut Transaction,
        asked: &ExportRequest,
    ) -> Result<Plan, ServiceError> {
        asked.options.check().map_err(in_options)?;
        let named = usize::from(!asked.conversations.is_empty())
            + usize::from(asked.query.is_some())
            + usize::from(asked.version_id.is_some());
        if named != 1 {
            let sentence = "Name either conversations, a query or a version of a data set.";
            return Err(ServiceError::field("conversations", sentence));
        }
        if asked.conversations.len() > MOST_NAMED {
            let sentence = "At most 30 000 conversations can be named one by one.";
            return Err(ServiceError::field("conversations", sentence));
        }
        match asked.version_id {
            Some(id) => self.of_version(transaction, id, &asked.options).await,
            None => self.of_conversations(transaction, asked).await,
        }
    }

    async fn of_conversations(
        &self,
        transaction: &mut Transaction,
        asked: &ExportRequest,
    ) -> Result<Plan, ServiceError> {
        let wishes = &asked.options;
        let (format, kind) = self.format(wishes);
        let is_pair = matches!(kind, JsonlKind::Alpaca | JsonlKind::PromptCompletion);
        let takes_all = wishes.include.contains(&LeftOut::BelowMinimum);
        let minimum =
            (!takes_all).then(|| in_tenths(self.preferences.thresholds.minimum_acceptable));
        let choice = Choice {
            conversations: &asked.conversations,
            query: asked.query.as_deref(),
            include: &wishes.include,
            token_fit: wishes.token_fit,
            minimum_tenths: tenths(minimum),
            needs_two_turns: format == ExportFormat::Jsonl && is_pair,
        };
        let Chosen { ids, chosen, left_out, findings } =
            choose(transaction, self.whose, &choice).await?;
        let taken = i64::try_from(ids.len()).unwrap_or(i64::MAX);
        Ok(Plan {
            options: self.options(wishes, taken, minimum),
            ids,
            version: None,
            chosen,
            taken,
            left_out,
            warnings: self.warnings(findings),
        })
    }

    /// All of a version, under its own rules.
    async fn of_version(
        &self,
        transaction: &mut Transaction,
        id: Uuid,
        wishes: &ExportWishes,
    ) -> Result<Plan, ServiceError> {
        let row = sqlx::query!(
            r#"SELECT own.selection_id, own.number, own.rules AS "rules: Json<VersionRules>",
                 whole.name, whole.organization_id
               FROM data_set_versions AS own JOIN data_sets AS whole ON whole.id = own.data_set_id
               WHERE own.id = $1"#,
            id
        )
        .fetch_optional(&mut **transaction)
        .await?
        .ok_or(ServiceError::NotFound("This version"))?;
        let rules = row.rules.0;
        go_on_as_system(transaction).await?;
        let lacks = lacks(transaction, row.selection_id).await?;
        let taken = lacks.all;
        if lacks.gone > 0 {
            let gone = lacks.gone;
            let sentence = format!(
                "{gone} conversations of this version were removed for good, so it cannot be \
                 written any more. Make another version."
            );
            return Err(ServiceError::refused(ErrorCode::ConversationsGone, sentence));
        }
        let findings = findings(transaction, row.selection_id).await?;
        let wishes =
            ExportWishes { include: rules.include, token_fit: rules.token_fit, ..wishes.clone() };
        let options = self.options(&wishes, taken, rules.minimum_score);
        if !options.bundle && !options.metadata {
            let sentence = "In one file only metadata tell the parts of a version apart. Keep \
                them, or choose a bundle, which has a file for each part.";
            return Err(ServiceError::field("options.metadata", sentence));
        }
        let file_name = format!("{}-v{}", slug(&row.name), row.number);
        Ok(Plan {
            options,
            ids: Vec::new(),
            version: Some(Version {
                id,
                selection: row.selection_id,
                organization: row.organization_id,
                lacks,
                file_name,
            }),
            chosen: taken,
            taken,
            left_out: BTreeMap::new(),
            warnings: self.warnings(findings),
        })
    }

    fn defaults(&self) -> ExportPreferences {
        self.preferences.snapshot.layers.preferences().export_preferences
    }

    /// A kind alone says that it is JSONL.
    fn format(&self, wishes: &ExportWishes) -> (ExportFormat, JsonlKind) {
        let usual = match wishes.kind {
            Some(_) => ExportFormat::Jsonl,
            None => self.defaults().default_format,
        };
        (wishes.format.unwrap_or(usual), wishes.kind.unwrap_or_default())
    }

    fn options(
        &self,
        wishes: &ExportWishes,
        taken: i64,
        minimum_score: Option<f64>,
    ) -> ExportOptions {
        let usual = self.defaults();
        let (format, kind) = self.format(wishes);
        let bundle = wishes.bundle.unwrap_or_default();
        let is_large = usual.auto_compression && taken >= usual.auto_compression_threshold.into();
        let mut include = wishes.include.clone();
        include.sort_unstable();
        include.dedup();
        ExportOptions {
            format,
            kind,
            metadata: wishes.metadata.unwrap_or(true),
            descriptions: wishes.descriptions.unwrap_or(usual.include_metadata),
            quality_scores: wishes.quality_scores.unwrap_or(usual.include_quality_scores),
            timestamps: wishes.timestamps.unwrap_or(usual.include_timestamps),
            approval_history: wishes.approval_history.unwrap_or(usual.include_approval_history),
            // A bundle is packed already.
            gzip: !bundle && wishes.gzip.unwrap_or(is_large),
            bundle,
            include,
            token_fit: wishes.token_fit,
            minimum_score,
            masked: self.kinds(CheckAction::Mask),
        }
    }

    fn kinds(&self, action: CheckAction) -> Vec<FindingKind> {
        let does = |kind: &FindingKind| self.policy.checks.of(*kind) == action;
        FindingKind::ALL.into_iter().filter(does).collect()
    }

    fn warnings(&self, findings: Vec<(FindingKind, i64)>) -> BTreeMap<FindingKind, i64> {
        let warned = self.kinds(CheckAction::Warn);
        findings.into_iter().filter(|(kind, _)| warned.contains(kind)).collect()
    }

    pub fn preview(&self, plan: Plan) -> ExportPreview {
        let lacks = plan.version.map(|version| version.lacks).unwrap_or_default();
        ExportPreview {
            deleted: lacks.deleted,
            writable_until: lacks.until,
            chosen: plan.chosen,
            taken: plan.taken,
            left_out: rows::left_out(&plan.left_out),
            warnings: rows::warnings(&plan.warnings),
            options: plan.options,
            token_target: self.policy.token_target,
        }
    }
}

/// Why there is nothing to export.
pub(super) fn nothing(plan: &Plan) -> String {
    let reasons = plan.left_out.iter().filter(|(_, count)| **count > 0);
    let parts: Vec<String> = reasons
        .map(|(reason, count)| {
            let verb = if *count == 1 { "is" } else { "are" };
            format!("{count} {verb} {}", reason.label())
        })
        .collect();
    if parts.is_empty() {
        return "Nothing to export: no conversation fits.".into();
    }
    format!("Nothing to export: {}.", parts.join(", "))
}

/// What is wrong with the options stands beside them.
fn in_options(errors: Vec<FieldError>) -> ServiceError {
    let beneath =
        |FieldError { path, message }| FieldError::new(format!("options.{path}"), message);
    ServiceError::Validation(errors.into_iter().map(beneath).collect())
}

/// A name as a part of the name of a file: `support-answers`.
fn slug(name: &str) -> String {
    let mut slug = String::new();
    for letter in name.chars().flat_map(char::to_lowercase) {
        if letter.is_ascii_alphanumeric() {
            slug.push(letter);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    let slug: String = slug.trim_end_matches('-').chars().take(60).collect();
    if slug.is_empty() { "data-set".into() } else { slug }
}

/// What content checks had found in the conversations of a selection.
async fn findings(
    transaction: &mut Transaction,
    selection: Uuid,
) -> Result<Vec<(FindingKind, i64)>, ServiceError> {
    let rows = sqlx::query!(
        r#"SELECT word AS "word!", count(*) AS "count!" FROM selection_items AS item,
             jsonb_array_elements_text(item.facts -> 'findings') AS found (word)
           WHERE item.selection_id = $1 GROUP BY word"#,
        selection
    )
    .fetch_all(&mut **transaction)
    .await?;
    let known = |word: &str, count| word.parse().ok().map(|kind: FindingKind| (kind, count));
    Ok(rows.into_iter().filter_map(|row| known(&row.word, row.count)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_named_by_what_is_plain_in_a_name() {
        assert_eq!(slug("Support answers"), "support-answers");
        assert_eq!(slug(" Ärger & Geduld / 2 "), "rger-geduld-2");
        assert_eq!(slug("…\"../x\r\n"), "x");
        assert_eq!(slug("訓練"), "data-set");
        assert_eq!(slug(&"x".repeat(80)).len(), 60);
    }
}
