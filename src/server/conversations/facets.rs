//! What a list can be narrowed by: the values that each filter can have, counted under the others.

use super::{
    ConversationService,
    list::{Field, Filter, Order, Workspaces, push_in_order},
};
use crate::{
    domain::{
        accounts::Scope,
        conversations::{
            COUNTED, ConversationQuery, Count, Direction, Facet, FacetsAnswer, FindingKind,
            Likeness, SortKey, Status, Tier,
        },
        words::Choice,
    },
    server::foundation::{context::RequestContext, error::ServiceError},
};
use sqlx::{FromRow, Postgres, QueryBuilder};
use uuid::Uuid;

/// Of words that many have, the values are counted among so many of the newest that fit the other
/// filters: reading the words of all takes seconds.
const WINDOW: i64 = 2 * COUNTED;
/// Values of a filter, the most frequent.
const VALUES: i64 = 30;
/// What people call whoever's name they are not told.
const UNKNOWN: &str = "Somebody who left";
const TRAINABLE: [Choice; 2] = [
    Choice { value: "true", label: "Trainable" },
    Choice { value: "false", label: "Not trainable" },
];
/// Which conversations come first when there are too many to count.
const ORDER: Order = Order { sort: SortKey::Created, direction: Direction::Descending };
const COLUMNS: &str = "conversation.id, conversation.created_at, conversation.status,
    conversation.tier, conversation.is_trainable, conversation.persona, conversation.emotion,
    conversation.topic, conversation.categories, conversation.created_by, conversation.likeness,
    conversation.finding_kinds";

/// Each filter with its value, of a row that is called `base`.
const FIELDS: [(Field, &str); 10] = [
    (Field::Status, "base.status"),
    (Field::Tier, "base.tier"),
    (Field::Trainable, "base.is_trainable::text"),
    (Field::Likeness, "base.likeness"),
    (Field::Finding, "finding.value"),
    (Field::Persona, "base.persona"),
    (Field::Emotion, "base.emotion"),
    (Field::Topic, "base.topic"),
    (Field::Tag, "tag.value"),
    (Field::Author, "base.created_by::text"),
];

/// A value of a filter; of no filter, how many fit all of them.
#[derive(Debug, FromRow)]
struct Counted {
    /// As in [`FIELDS`].
    field: Option<i32>,
    value: String,
    name: Option<String>,
    count: i64,
}

impl ConversationService {
    /// The values of each filter among the first that fit the others.
    pub async fn facets(
        &self,
        request: &RequestContext,
        query: &ConversationQuery,
    ) -> Result<FacetsAnswer, ServiceError> {
        let person = request.allow(Scope::ConversationsRead)?.user_id;
        query.check().map_err(ServiceError::Validation)?;
        let mut transaction = self.db.as_person(request).await?;
        let workspaces = Workspaces::of(&mut transaction, person).await?.ids();
        let filter = Filter::of(&mut transaction, query).await?;
        let mut sql = statement(&filter, &workspaces);
        let mut counted: Vec<Counted> =
            sql.build_query_as().persistent(false).fetch_all(&mut *transaction).await?;
        transaction.commit().await?;
        counted.sort_by(|one, other| {
            other.count.cmp(&one.count).then_with(|| one.value.cmp(&other.value))
        });
        let mut answer = answer(&counted);
        answer.among.is_more |= filter.is_of_many();
        Ok(answer)
    }
}

/// All of it in one statement.
fn statement(filter: &Filter, workspaces: &[Uuid]) -> QueryBuilder<Postgres> {
    let mut sql = QueryBuilder::new("WITH ");
    push_base(&mut sql, "fitting", filter, workspaces, None);
    for (index, (field, _)) in FIELDS.iter().enumerate() {
        if filter.is_set(*field) {
            sql.push(", ");
            push_base(&mut sql, &format!("without_{index}"), filter, workspaces, Some(*field));
        }
    }
    sql.push(
        " SELECT NULL::integer AS field, '' AS value, NULL::text AS name, count(*) AS count
            FROM fitting",
    );
    for (index, (field, value)) in FIELDS.iter().enumerate() {
        let base =
            if filter.is_set(*field) { format!("without_{index}") } else { "fitting".to_owned() };
        let name = match field {
            Field::Author => "public.colleague_name(counted.value::uuid)",
            _ => "NULL::text",
        };
        let each = match field {
            Field::Tag => " CROSS JOIN LATERAL unnest(base.categories) AS tag (value)",
            Field::Finding => " CROSS JOIN LATERAL unnest(base.finding_kinds) AS finding (value)",
            _ => "",
        };
        sql.push(format!(
            " UNION ALL (SELECT {index}, counted.value, {name}, counted.count
              FROM (SELECT {value} AS value, count(*) AS count FROM {base} AS base{each}
                WHERE base.place <= "
        ))
        .push_bind(COUNTED)
        .push(format!(
            " AND {value} <> '' GROUP BY {value}
                ORDER BY count(*) DESC, {value} COLLATE \"C\" LIMIT "
        ))
        .push_bind(VALUES)
        .push(") AS counted)");
    }
    sql
}

/// Writes the first that fit, and one more, with their place.
fn push_base(
    sql: &mut QueryBuilder<Postgres>,
    name: &str,
    filter: &Filter,
    workspaces: &[Uuid],
    without: Option<Field>,
) {
    const MOST: i64 = COUNTED + 1;
    sql.push(format!(
        "{name} AS MATERIALIZED (SELECT found.*,
          row_number() OVER (ORDER BY found.created_at DESC, found.id DESC) AS place FROM ("
    ));
    if filter.is_of_many() {
        sql.push("SELECT near.* FROM (");
        push_in_order(sql, COLUMNS, workspaces, ORDER, WINDOW, |sql| {
            filter.push_fields(sql, "conversation", without);
        });
        sql.push(") AS near WHERE true");
        filter.push_words(sql, "near");
    } else {
        push_in_order(sql, COLUMNS, workspaces, ORDER, MOST, |sql| {
            filter.push_without(sql, "conversation", without);
        });
    }
    sql.push(") AS found");
    ORDER.push(sql, "found");
    sql.push(" LIMIT ").push_bind(MOST).push(")");
}

fn answer(counted: &[Counted]) -> FacetsAnswer {
    let of = |field: Field| {
        let index = FIELDS.iter().position(|(known, _)| *known == field);
        let index = index.and_then(|index| i32::try_from(index).ok());
        counted.iter().filter(move |row| row.field.is_some() && row.field == index)
    };
    // By their own values, the most frequent first.
    let plain = |field| {
        of(field)
            .map(|row| Facet {
                value: row.value.clone(),
                label: row.value.clone(),
                count: row.count,
            })
            .collect()
    };
    // By words, in their own order.
    let words = |field, choices: &[Choice]| {
        let facet = |choice: &Choice| {
            let row = of(field).find(|row| row.value == choice.value)?;
            Some(Facet { value: row.value.clone(), label: choice.label.into(), count: row.count })
        };
        choices.iter().filter_map(facet).collect()
    };
    let author = |row: &Counted| Facet {
        value: row.value.clone(),
        label: row.name.clone().unwrap_or_else(|| UNKNOWN.to_owned()),
        count: row.count,
    };
    let among = counted.iter().find(|row| row.field.is_none()).map_or(0, |row| row.count);
    FacetsAnswer {
        among: Count::bounded(among),
        status: words(Field::Status, Status::CHOICES),
        tier: words(Field::Tier, Tier::CHOICES),
        trainable: words(Field::Trainable, &TRAINABLE),
        likeness: words(Field::Likeness, Likeness::CHOICES),
        finding: words(Field::Finding, FindingKind::CHOICES),
        persona: plain(Field::Persona),
        emotion: plain(Field::Emotion),
        topic: plain(Field::Topic),
        tag: plain(Field::Tag),
        author: of(Field::Author).map(author).collect(),
    }
}
