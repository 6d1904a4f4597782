//! What a list is narrowed by, as conditions of a statement.

use crate::{
    domain::{
        conversations::{ConversationQuery, Status},
        list::List,
    },
    server::{
        conversations::search::{Sought, seek},
        foundation::error::ServiceError,
        postgres::Transaction,
    },
};
use sqlx::{Postgres, QueryBuilder};
use std::fmt::Display;
use uuid::Uuid;

/// A filter whose values are counted. It does not narrow its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    Status,
    Tier,
    Trainable,
    Likeness,
    Finding,
    Persona,
    Emotion,
    Topic,
    Tag,
    Author,
}

/// Whose conversations a person lists: their own that belong to none, and those of their
/// organization. Administrators of the installation may read all, and list their own like
/// everybody.
#[derive(Clone, Copy, Debug)]
pub struct Workspaces {
    pub person: Uuid,
    pub organization: Option<Uuid>,
}

impl Workspaces {
    /// Of whoever's transaction it is.
    pub async fn of(transaction: &mut Transaction, person: Uuid) -> Result<Self, ServiceError> {
        let organization = sqlx::query_scalar!("SELECT auth.own_organization()")
            .fetch_one(&mut **transaction)
            .await?;
        Ok(Self { person, organization })
    }

    /// As conversations have them in `workspace_id`.
    pub fn ids(self) -> Vec<Uuid> {
        std::iter::once(self.person).chain(self.organization).collect()
    }
}

/// The filters of a query that was checked, with what its text finds, and what is alike.
#[derive(Clone, Debug)]
pub struct Filter<'a> {
    query: &'a ConversationQuery,
    sought: Option<Sought>,
    /// The conversation that others are to be alike to, and these.
    alike: Option<Vec<Uuid>>,
}

impl<'a> Filter<'a> {
    /// Looks for the text, and for what is alike, if that is asked for.
    pub async fn of(
        transaction: &mut Transaction,
        query: &'a ConversationQuery,
    ) -> Result<Self, ServiceError> {
        let sought = match text(query) {
            None => None,
            Some(text) => Some(seek(transaction, text).await?),
        };
        let alike = match query.alike {
            None => None,
            Some(id) => Some(alike_to(transaction, id).await?),
        };
        Ok(Self { query, sought, alike })
    }

    /// Writes the conditions for a walk through conversations in their order, in which each is
    /// asked for a text that many have. `row` names the conversation.
    pub fn push(&self, sql: &mut QueryBuilder<Postgres>, row: &str) {
        self.push_without(sql, row, None);
    }

    /// As [`Self::push`], but for one filter.
    pub fn push_without(
        &self,
        sql: &mut QueryBuilder<Postgres>,
        row: &str,
        without: Option<Field>,
    ) {
        self.push_fields(sql, row, without);
        if let Some(Sought::Few(ids)) = &self.sought {
            push_ids(sql, row, ids);
        }
        self.push_words(sql, row);
    }

    /// Writes only that a row has the words that many have, where they are looked for.
    pub fn push_words(&self, sql: &mut QueryBuilder<Postgres>, row: &str) {
        if let Some(Sought::Many(words)) = &self.sought {
            // A value and not EXISTS, of which a join could be made that loses the order.
            sql.push(" AND (SELECT known.search @@ websearch_to_tsquery('pg_catalog.english', ")
                .push_bind(words.clone())
                .push(format!(
                    ") FROM conversation_search AS known WHERE known.conversation_id = {row}.id)"
                ));
        }
    }

    /// Whether words are looked for that many have: to count all that fit takes long.
    pub fn is_of_many(&self) -> bool {
        matches!(self.sought, Some(Sought::Many(_)))
    }

    /// Whether such words are all that is looked for, so that it is known already that more fit
    /// than are counted.
    pub fn is_of_many_alone(&self) -> bool {
        let text_alone =
            ConversationQuery { text: self.query.text.clone(), ..ConversationQuery::default() };
        self.is_of_many() && self.query.filters() == text_alone
    }

    /// Writes where all that fit come from, as `conversation`, in whatever order. One filter can be
    /// left out.
    pub fn push_all(
        &self,
        sql: &mut QueryBuilder<Postgres>,
        workspaces: &[Uuid],
        without: Option<Field>,
    ) {
        sql.push(" FROM conversations AS conversation");
        if let Some(Sought::Many(words)) = &self.sought {
            // One after the other as the index finds them, so that nobody finds more than is read.
            sql.push(" JOIN (SELECT search_conversations(")
                .push_bind(words.clone())
                .push(", NULL) AS id) AS sought ON sought.id = conversation.id");
        }
        match workspaces {
            // Of one alone an index has them in their order.
            [only] => sql.push(" WHERE conversation.workspace_id = ").push_bind(*only),
            all => sql
                .push(" WHERE conversation.workspace_id = ANY (")
                .push_bind(all.to_vec())
                .push(")"),
        };
        self.push_fields(sql, "conversation", without);
        if let Some(Sought::Few(ids)) = &self.sought {
            push_ids(sql, "conversation", ids);
        }
    }

    /// Whether a field's own filter is set.
    pub fn is_set(&self, field: Field) -> bool {
        let query = self.query;
        match field {
            Field::Status => !query.status.is_empty(),
            Field::Tier => !query.tier.is_empty(),
            Field::Trainable => query.trainable.is_some(),
            Field::Likeness => !query.likeness.is_empty(),
            Field::Finding => !query.finding.is_empty(),
            Field::Persona => asked(&query.persona).is_some(),
            Field::Emotion => asked(&query.emotion).is_some(),
            Field::Topic => asked(&query.topic).is_some(),
            Field::Tag => asked(&query.tag).is_some(),
            Field::Author => query.author.is_some(),
        }
    }

    /// Writes all conditions but the text.
    pub fn push_fields(&self, sql: &mut QueryBuilder<Postgres>, row: &str, without: Option<Field>) {
        let query = self.query;
        let is_asked = |field: Field| without != Some(field) && self.is_set(field);
        if is_asked(Field::Status) {
            push_one_of(sql, &format!("{row}.status"), &query.status);
        } else if !query.status.0.contains(&Status::Archived) {
            sql.push(format!(" AND {row}.status <> 'archived'"));
        }
        if is_asked(Field::Tier) {
            push_one_of(sql, &format!("{row}.tier"), &query.tier);
        }
        if let Some(trainable) = query.trainable.filter(|_| is_asked(Field::Trainable)) {
            sql.push(format!(" AND {row}.is_trainable = ")).push_bind(trainable);
        }
        if is_asked(Field::Likeness) {
            // Said twice, so that the index of marked ones fits whatever the words are.
            sql.push(format!(" AND {row}.likeness IS NOT NULL"));
            push_one_of(sql, &format!("{row}.likeness"), &query.likeness);
        }
        if is_asked(Field::Finding) {
            // The first for the index: whether two arrays overlap is no question for it here.
            sql.push(format!(" AND {row}.is_flagged AND {row}.finding_kinds && "))
                .push_bind(words(&query.finding));
        }
        if let Some(ids) = &self.alike {
            push_ids(sql, row, ids);
        }
        for (field, column, text) in [
            (Field::Persona, "persona", &query.persona),
            (Field::Emotion, "emotion", &query.emotion),
            (Field::Topic, "topic", &query.topic),
        ] {
            if let Some(text) = asked(text).filter(|_| is_asked(field)) {
                sql.push(format!(" AND {row}.{column} = ")).push_bind(text.to_owned());
            }
        }
        if let Some(tag) = asked(&query.tag).filter(|_| is_asked(Field::Tag)) {
            sql.push(" AND ").push_bind(tag.to_owned()).push(format!(" = ANY ({row}.categories)"));
        }
        if let Some(author) = query.author.filter(|_| is_asked(Field::Author)) {
            sql.push(format!(" AND {row}.created_by = ")).push_bind(author);
        }
        self.push_ranges(sql, row);
    }

    fn push_ranges(&self, sql: &mut QueryBuilder<Postgres>, row: &str) {
        let query = self.query;
        if query.score_min.is_some() || query.score_max.is_some() {
            // What has no score has none in any range.
            let lowest = tenths(query.score_min.unwrap_or_default()).ceil() as i16;
            sql.push(format!(" AND {row}.score_tenths >= ")).push_bind(lowest);
        }
        if let Some(score) = query.score_max {
            let highest = tenths(score).floor() as i16;
            sql.push(format!(" AND {row}.score_tenths <= ")).push_bind(highest);
        }
        if let Some(tokens) = query.tokens_over {
            sql.push(format!(" AND {row}.training_tokens > ")).push_bind(tokens);
        }
        if let Some(proposed) = query.proposed {
            sql.push(if proposed { " AND EXISTS" } else { " AND NOT EXISTS" }).push(format!(
                " (SELECT FROM conversation_revisions AS revision
                    WHERE revision.conversation_id = {row}.id AND revision.state = 'open')"
            ));
        }
        if let Some(from) = query.from {
            sql.push(format!(" AND {row}.created_at >= ")).push_bind(from);
        }
        if let Some(to) = query.to {
            sql.push(format!(" AND {row}.created_at < ")).push_bind(to);
        }
    }
}

/// Writes the filters of a query that was checked as conditions of a conversation that is called
/// `c`, for statements that cannot ask beforehand what its text finds.
pub fn push_filters(sql: &mut QueryBuilder<Postgres>, query: &ConversationQuery) {
    Filter { query, sought: None, alike: None }.push(sql, "c");
    if let Some(id) = query.alike {
        sql.push(" AND c.id IN (SELECT ")
            .push_bind(id)
            .push(
                "::uuid UNION ALL SELECT pair.other_id FROM near_duplicates AS pair
                    WHERE pair.conversation_id = ",
            )
            .push_bind(id)
            .push(")");
    }
    if let Some(text) = text(query) {
        sql.push(" AND c.id IN (SELECT search_conversations(")
            .push_bind(text.to_owned())
            .push(
                ", NULL) UNION ALL SELECT named.id FROM conversations AS named
                    WHERE named.public_id = ",
            )
            .push_bind(text.to_owned())
            .push(")");
    }
}

/// A conversation and those that are alike to it, whoever may see them.
async fn alike_to(transaction: &mut Transaction, id: Uuid) -> Result<Vec<Uuid>, ServiceError> {
    let mut ids =
        sqlx::query_scalar!("SELECT other_id FROM near_duplicates WHERE conversation_id = $1", id)
            .fetch_all(&mut **transaction)
            .await?;
    ids.push(id);
    Ok(ids)
}

/// What is looked for.
fn text(query: &ConversationQuery) -> Option<&str> {
    query.text.as_deref().map(str::trim).filter(|text| !text.is_empty())
}

/// A text that is asked for: a form without a script sends empty ones as well.
fn asked(text: &Option<String>) -> Option<&str> {
    text.as_deref().filter(|text| !text.is_empty())
}

/// A score in tenths, without what binary fractions add: 8.3 is 83.
fn tenths(score: f64) -> f64 {
    (score * 1e6).round() / 1e5
}

fn push_ids(sql: &mut QueryBuilder<Postgres>, row: &str, ids: &[Uuid]) {
    sql.push(format!(" AND {row}.id = ANY (")).push_bind(ids.to_vec()).push(")");
}

fn words<T: Display>(list: &List<T>) -> Vec<String> {
    list.0.iter().map(T::to_string).collect()
}

/// Writes that a column is one of these words. A single one as such: some indexes are of one
/// status.
fn push_one_of<T: Display>(sql: &mut QueryBuilder<Postgres>, column: &str, words: &List<T>) {
    let mut words = self::words(words);
    sql.push(format!(" AND {column} = "));
    match words.pop() {
        Some(only) if words.is_empty() => sql.push_bind(only),
        last => {
            words.extend(last);
            sql.push("ANY (").push_bind(words).push(")")
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_are_compared_in_tenths() {
        for tenth in 0..=100_i16 {
            let score = tenths(f64::from(tenth) / 10.0);
            assert_eq!((score.ceil() as i16, score.floor() as i16), (tenth, tenth));
        }
        assert_eq!((tenths(7.25).ceil(), tenths(7.25).floor()), (73.0, 72.0));
    }
}
