//! Openings that too many conversations share.

use super::{ConversationService, list::Workspaces};
use crate::{
    domain::{
        accounts::Scope,
        conversations::{CommonOpening, OpeningsAnswer, Turn, is_common_opening, opening_text},
    },
    server::{
        foundation::{context::RequestContext, error::ServiceError},
        postgres::{Transaction, go_on_as_system},
    },
};
use sqlx::types::Json;
use uuid::Uuid;

/// Of an opening, in Unicode scalar values: a word may be of any length.
const LONGEST: usize = 200;

/// How many conversations have an opening, of how many.
struct Shared {
    opening: i64,
    count: i64,
    total: i64,
}

impl ConversationService {
    /// The openings that more than one in twenty of the listed conversations have, the most
    /// frequent first.
    pub async fn common_openings(
        &self,
        request: &RequestContext,
    ) -> Result<OpeningsAnswer, ServiceError> {
        let person = request.allow(Scope::ConversationsRead)?.user_id;
        let mut transaction = self.db.as_person(request).await?;
        let workspaces = Workspaces::of(&mut transaction, person).await?.ids();
        // Fingerprints are not for people to read; these are of what they list.
        go_on_as_system(&mut transaction).await?;
        let mut openings = Vec::new();
        for shared in shared(&mut transaction, &workspaces).await? {
            let example = example(&mut transaction, &workspaces, shared.opening).await?;
            // Each may just be archived or edited.
            let Some((public_id, turns)) = example else { continue };
            let Some(text) = opening_text(&turns) else { continue };
            openings.push(CommonOpening {
                opening: text.chars().take(LONGEST).collect(),
                count: shared.count,
                share: shared.count as f64 / shared.total as f64,
                example: public_id,
            });
        }
        transaction.commit().await?;
        Ok(OpeningsAnswer { openings })
    }
}

/// The common ones: fewer than twenty.
async fn shared(
    transaction: &mut Transaction,
    workspaces: &[Uuid],
) -> Result<Vec<Shared>, ServiceError> {
    const MOST: i64 = 20;
    let mut shared = sqlx::query_as!(
        Shared,
        r#"WITH counted AS MATERIALIZED (
             SELECT opening, count(*) AS count FROM conversation_fingerprints
             WHERE workspace_id = ANY ($1) GROUP BY opening)
           SELECT opening AS "opening!", count AS "count!",
                  (SELECT sum(count) FROM counted)::bigint AS "total!"
             FROM counted WHERE opening IS NOT NULL ORDER BY count DESC, opening LIMIT $2"#,
        workspaces,
        MOST
    )
    .fetch_all(&mut **transaction)
    .await?;
    shared.retain(|shared| is_common_opening(shared.count, shared.total));
    Ok(shared)
}

/// One that has the opening.
async fn example(
    transaction: &mut Transaction,
    workspaces: &[Uuid],
    opening: i64,
) -> Result<Option<(String, Vec<Turn>)>, ServiceError> {
    let row = sqlx::query!(
        r#"SELECT whole.public_id, whole.turns AS "turns: Json<Vec<Turn>>"
             FROM conversation_fingerprints AS known
             JOIN conversations AS whole ON whole.id = known.conversation_id
             WHERE known.workspace_id = ANY ($1) AND known.opening = $2
               AND whole.workspace_id = ANY ($1) AND whole.status <> 'archived'
             LIMIT 1"#,
        workspaces,
        opening
    )
    .fetch_optional(&mut **transaction)
    .await?;
    Ok(row.map(|row| (row.public_id, row.turns.0)))
}
