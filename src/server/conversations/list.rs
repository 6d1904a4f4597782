//! One page of conversations. Row-level security decides what is there to be read; a list has the
//! person's own that belong to no organization and those of their organization.

mod cursor;
mod filter;
mod query;
mod row;

pub use cursor::Order;
pub use filter::{Field, Filter, Workspaces, push_filters};
pub use query::read_query;
pub use row::{COLUMNS, Row};

use super::ConversationService;
use crate::{
    domain::{
        accounts::Scope,
        conversations::{COUNTED, ConversationPage, ConversationQuery, Count},
    },
    server::{
        foundation::{context::RequestContext, error::ServiceError, listing},
        postgres::Transaction,
    },
};
use cursor::Cursor;
use sqlx::{Postgres, QueryBuilder};
use uuid::Uuid;

/// Where a page lies.
#[derive(Clone, Copy, Debug)]
enum Place {
    First,
    Behind(Cursor),
    /// Read from its end.
    Before(Cursor),
}

impl Place {
    /// # Errors
    /// 400 with the cursor's name.
    fn of(query: &ConversationQuery, order: Order) -> Result<Self, ServiceError> {
        let parse = |path: &str, text: &str| {
            Cursor::parse(text, order).map_err(|sentence| ServiceError::field(path, sentence))
        };
        match (&query.after, &query.before) {
            (Some(after), _) => Ok(Self::Behind(parse("after", after)?)),
            (None, Some(before)) => Ok(Self::Before(parse("before", before)?)),
            (None, None) => Ok(Self::First),
        }
    }
}

impl ConversationService {
    /// The conversations that fit, in a total order.
    pub async fn list(
        &self,
        request: &RequestContext,
        query: &ConversationQuery,
    ) -> Result<ConversationPage, ServiceError> {
        let person = request.allow(Scope::ConversationsRead)?.user_id;
        query.check().map_err(ServiceError::Validation)?;
        let limit = listing::limit(query.limit)?;
        let order = Order { sort: query.sort, direction: query.direction };
        let place = Place::of(query, order)?;
        let mut transaction = self.db.as_person(request).await?;
        let workspaces = Workspaces::of(&mut transaction, person).await?.ids();
        let filter = Filter::of(&mut transaction, query).await?;
        let list = List { filter, workspaces, order };
        let mut page = list.page(&mut transaction, place, limit).await?;
        // What a single page holds is counted.
        page.count = if matches!(place, Place::First) && page.next_after.is_none() {
            let count = i64::try_from(page.conversations.len()).unwrap_or_default();
            Count { count, is_more: false }
        } else {
            list.count(&mut transaction, query.exact).await?
        };
        transaction.commit().await?;
        Ok(page)
    }
}

/// Rows in an order.
struct List<'a> {
    filter: Filter<'a>,
    workspaces: Vec<Uuid>,
    order: Order,
}

impl List<'_> {
    async fn page(
        &self,
        transaction: &mut Transaction,
        place: Place,
        limit: i64,
    ) -> Result<ConversationPage, ServiceError> {
        let (order, behind) = match place {
            Place::First => (self.order, None),
            Place::Behind(cursor) => (self.order, Some(cursor)),
            Place::Before(cursor) => (self.order.reversed(), Some(cursor)),
        };
        // One row more than asked for tells whether there is another page.
        let mut rows = self.read(transaction, order, behind, limit + 1).await?;
        let most = usize::try_from(limit).unwrap_or_default();
        let is_more = rows.len() > most;
        rows.truncate(most);
        let far = rows.last().filter(|_| is_more).map(|row| row.place(order));
        // What the page came from can be gone meanwhile, or fit no more.
        let near = match behind {
            Some(cursor) => {
                let end = rows.first().map_or(cursor.stepped(order), |row| row.place(order));
                let back = self.read(transaction, order.reversed(), Some(end), 1).await?;
                (!back.is_empty()).then_some(end)
            }
            None => None,
        };
        let text = |cursor: Option<Cursor>| cursor.map(|cursor| cursor.text(self.order));
        let (next_after, previous_before) = match place {
            Place::First | Place::Behind(_) => (text(far), text(near)),
            Place::Before(_) => {
                rows.reverse();
                (text(near), text(far))
            }
        };
        let conversations = rows.into_iter().map(Row::into_listed).collect::<Result<_, _>>()?;
        Ok(ConversationPage { conversations, next_after, previous_before, count: Count::default() })
    }

    /// The first rows behind a place.
    async fn read(
        &self,
        transaction: &mut Transaction,
        order: Order,
        behind: Option<Cursor>,
        limit: i64,
    ) -> Result<Vec<Row>, ServiceError> {
        let mut sql = QueryBuilder::new(
            "SELECT found.*, public.colleague_name(found.created_by) AS author_name FROM (",
        );
        push_in_order(&mut sql, COLUMNS, &self.workspaces, order, limit, |sql| {
            if let Some(behind) = behind {
                order.push_behind(sql, "conversation", behind);
            }
            self.filter.push(sql, "conversation");
        });
        sql.push(") AS found");
        order.push(&mut sql, "found");
        sql.push(" LIMIT ").push_bind(limit);
        // Planned anew each time: what is a good plan depends on the values, and partial indexes
        // need to see them.
        Ok(sql.build_query_as().persistent(false).fetch_all(&mut **transaction).await?)
    }

    /// How many fit; beyond [`COUNTED`] only when all are asked for.
    async fn count(
        &self,
        transaction: &mut Transaction,
        is_exact: bool,
    ) -> Result<Count, ServiceError> {
        if self.filter.is_of_many_alone() && !is_exact {
            return Ok(Count::bounded(COUNTED + 1));
        }
        let mut sql = QueryBuilder::new("SELECT count(*) FROM (SELECT");
        self.filter.push_all(&mut sql, &self.workspaces, None);
        if !is_exact {
            sql.push(" LIMIT ").push_bind(COUNTED + 1);
        }
        sql.push(") AS fitting");
        let count: i64 =
            sql.build_query_scalar().persistent(false).fetch_one(&mut **transaction).await?;
        Ok(if is_exact { Count { count, is_more: false } } else { Count::bounded(count) })
    }
}

/// Writes the first rows of each workspace, called `conversation`, under the same conditions: of
/// one alone an index has them in their order.
pub fn push_in_order(
    sql: &mut QueryBuilder<Postgres>,
    columns: &str,
    workspaces: &[Uuid],
    order: Order,
    limit: i64,
    mut conditions: impl FnMut(&mut QueryBuilder<Postgres>),
) {
    for (index, workspace) in workspaces.iter().enumerate() {
        sql.push(if index > 0 { " UNION ALL (SELECT " } else { "(SELECT " });
        sql.push(columns)
            .push(" FROM conversations AS conversation WHERE conversation.workspace_id = ")
            .push_bind(*workspace);
        conditions(sql);
        order.push(sql, "conversation");
        sql.push(" LIMIT ").push_bind(limit).push(")");
    }
}
