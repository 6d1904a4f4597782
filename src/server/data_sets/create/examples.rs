//! The examples that a version is divided from: those that are in a part, with all that they said
//! there, and the new ones.

use super::{super::alike::texts, Cut};
use crate::{
    domain::data_sets::{Alike, Division, Example, Shares, Text, divide, meetings},
    server::{accounts::rows::stored, foundation::error::ServiceError, postgres::Transaction},
};
use futures::TryStreamExt as _;
use sha2::{Digest as _, Sha256};
use std::collections::{HashMap, HashSet};
use tokio::task::spawn_blocking;
use uuid::Uuid;

/// Rows of one statement.
const BATCH: usize = 5000;

/// Examples in the order in which they count, each with what it says.
#[derive(Default)]
pub struct Examples {
    pub all: Vec<Example>,
    texts: Vec<Option<Text>>,
    /// Whether an earlier version had it with this text.
    is_kept: Vec<bool>,
}

impl Examples {
    fn add(&mut self, example: Example, text: Option<Text>, is_kept: bool) {
        self.all.push(example);
        self.texts.push(text);
        self.is_kept.push(is_kept);
    }

    fn append(&mut self, mut others: Self) {
        self.all.append(&mut others.all);
        self.texts.append(&mut others.texts);
        self.is_kept.append(&mut others.is_kept);
    }
}

/// First what earlier versions had, the oldest first, with the texts of then, whatever became of
/// the conversation: nothing that is alike to it may be in another part, or who trained with one
/// version and looks at the test of the next would not see it. Then those of these with another
/// text, and at last the new ones.
pub async fn examples(
    transaction: &mut Transaction,
    data_set: Uuid,
    chosen: &[Uuid],
    cuts: HashMap<Uuid, Cut>,
) -> Result<Examples, ServiceError> {
    let whole: Vec<Uuid> = chosen.iter().copied().filter(|id| !cuts.contains_key(id)).collect();
    let mut texts = texts(transaction, &whole).await?;
    texts.extend(cuts.into_iter().map(|(id, cut)| (id, cut.text)));
    let mut new: HashSet<Uuid> = chosen.iter().copied().collect();
    // Of most the text is the one of then: it is not read twice.
    let mut rows = sqlx::query!(
        r#"SELECT member.conversation_id, member.split,
             coalesce(known.text = ANY (member.texts), false) AS "is_kept!",
             CASE WHEN known.text IS NULL THEN member.texts
               ELSE array_remove(member.texts, known.text) END AS "texts!"
           FROM data_set_members AS member
             LEFT JOIN conversations AS own ON own.id = member.conversation_id
             LEFT JOIN (
               SELECT conversation_id, coalesce(signature, turns_hash) AS text
               FROM unnest($2::uuid[]) AS given (id)
                 JOIN conversation_fingerprints ON conversation_id = given.id) AS known
               ON known.conversation_id = member.conversation_id
           WHERE member.data_set_id = $1
           ORDER BY member.since, own.created_at NULLS FIRST, member.conversation_id"#,
        data_set,
        &whole
    )
    .fetch(&mut **transaction);
    let (mut examples, mut changed) = (Examples::default(), Examples::default());
    while let Some(row) = rows.try_next().await? {
        let id = row.conversation_id;
        let known = Some(stored(&row.split)?);
        let is_chosen = new.remove(&id);
        let text = if is_chosen { texts.remove(&id) } else { None };
        let mut is_kept = row.is_kept;
        for former in row.texts.iter().filter_map(|bytes| Text::from_bytes(bytes)) {
            if text.as_ref() == Some(&former) {
                is_kept = true;
            } else {
                examples.add(Example { id, known, chosen: false }, Some(former), true);
            }
        }
        if is_chosen {
            let list = if is_kept { &mut examples } else { &mut changed };
            list.add(Example { id, known, chosen: true }, text, is_kept);
        }
    }
    drop(rows);
    examples.append(changed);
    for id in chosen.iter().filter(|id| new.contains(id)) {
        let text = texts.remove(id);
        examples.add(Example { id: *id, known: None, chosen: true }, text, false);
    }
    Ok(examples)
}

/// Divides them, apart from the threads that answer requests.
pub async fn divided(
    examples: Examples,
    salt: Uuid,
    shares: Shares,
) -> Result<(Examples, Division), ServiceError> {
    let dividing = spawn_blocking(move || {
        let order = |id: Uuid| {
            Sha256::new()
                .chain_update(salt.as_bytes())
                .chain_update(id.as_bytes())
                .finalize()
                .into()
        };
        let texts = &examples.texts;
        let are = |one: usize, other: usize| {
            let both = texts[one].as_ref().zip(texts[other].as_ref());
            both.is_some_and(|(one, other)| one.is_alike(other))
        };
        let meetings = meetings(texts);
        let alike = Alike { meetings: &meetings, are };
        let division = divide(&examples.all, alike, order, shares);
        (examples, division)
    });
    dividing.await.map_err(|error| ServiceError::Internal(format!("dividing examples: {error}")))
}

/// Notes in which part those are that are new in the data set, and what they and those with
/// another text say now.
pub async fn remember(
    transaction: &mut Transaction,
    data_set: Uuid,
    number: i32,
    examples: &Examples,
    division: &Division,
) -> Result<(), ServiceError> {
    let new: Vec<(usize, &str)> = division
        .splits
        .iter()
        .enumerate()
        .filter(|(place, _)| !examples.is_kept[*place])
        .filter_map(|(place, split)| Some((place, (*split)?.as_str())))
        .collect();
    for some in new.chunks(BATCH) {
        let ids: Vec<Uuid> = some.iter().map(|(place, _)| examples.all[*place].id).collect();
        let splits: Vec<String> = some.iter().map(|(_, split)| (*split).to_owned()).collect();
        let texts: Vec<Option<Vec<u8>>> = some
            .iter()
            .map(|(place, _)| examples.texts[*place].as_ref().map(Text::to_bytes))
            .collect();
        sqlx::query!(
            "INSERT INTO data_set_members AS known (data_set_id, conversation_id, split, since,
               texts)
             SELECT $1, given.id, given.split, $4,
               CASE WHEN given.text IS NULL THEN '{}' ELSE ARRAY[given.text] END
             FROM unnest($2::uuid[], $3::text[], $5::bytea[]) AS given (id, split, text)
             ON CONFLICT (data_set_id, conversation_id)
               DO UPDATE SET texts = known.texts || excluded.texts",
            data_set,
            &ids,
            &splits,
            number,
            &texts as &[Option<Vec<u8>>]
        )
        .execute(&mut **transaction)
        .await?;
    }
    Ok(())
}
