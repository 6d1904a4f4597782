//! The gateway: requests in the provider's own form, passed on unchanged within what the AI
//! configuration allows.
//!
//! They pass the same gates as generations and are billed the same way; what differs is that
//! nothing is stored of them but the ledger, and that the client decides what it asks for. Limits
//! refuse, and change nothing silently: what is passed on is what was asked.

mod attempt;
mod booking;
mod client;
mod plan;
mod refusal;
mod room;
mod run;

pub use client::{Reply, ReplyBody};
pub use refusal::{Refusal, Words};
pub use room::{Held, LARGEST as LARGEST_BODY, Room};

use crate::{
    domain::{
        accounts::Scope,
        error_code::ErrorCode,
        gateway::{Asked, ModelEntry, ModelList, ModelsPage, Unreadable},
    },
    server::{
        ai::AiService,
        claude::{Claude, Forward},
        foundation::{
            context::RequestContext,
            error::ServiceError,
            shares::{Share, Shares},
        },
        generation::GenerationService,
    },
};
use axum::body::Bytes;
use chrono::Utc;
use plan::{Plan, Purpose};
use run::Run;
use tokio::sync::oneshot;
use uuid::Uuid;

/// Reading a body that is larger than this is no work for a thread that others wait for.
const SMALL: usize = 512 * 1024;

/// The service behind `/v1`.
#[derive(Clone)]
pub struct GatewayService {
    ai: AiService,
    claude: Claude,
    shares: Shares,
    /// Whose gates it passes, and with which it is counted and ended.
    generation: GenerationService,
    /// For the bodies of requests in flight.
    pub room: Room,
}

/// A request as it came, with what it holds until it is answered.
#[derive(Debug)]
pub struct Incoming {
    pub forward: Forward,
    pub held: Option<Held>,
    pub share: Share,
}

impl GatewayService {
    pub fn new(
        ai: AiService,
        claude: Claude,
        shares: Shares,
        generation: GenerationService,
    ) -> Self {
        Self { ai, claude, shares, generation, room: Room::default() }
    }

    /// Passes on a request for a message.
    ///
    /// # Errors
    /// What a gate or the provider refused, before anything of an answer was handed out.
    pub async fn message(
        &self,
        request: &RequestContext,
        incoming: Incoming,
    ) -> Result<Reply, Refusal> {
        self.pass_on(request, incoming, Purpose::Message).await
    }

    /// Passes on a question how many tokens a request has. It costs nothing, so it passes no gate
    /// of money or pace and is not in the ledger.
    ///
    /// # Errors
    /// As [`Self::message`].
    pub async fn count_tokens(
        &self,
        request: &RequestContext,
        incoming: Incoming,
    ) -> Result<Reply, Refusal> {
        self.pass_on(request, incoming, Purpose::Count).await
    }

    /// A page of the models that the person may use, as of today.
    ///
    /// # Errors
    /// 400 for a limit out of its range.
    pub async fn models(
        &self,
        request: &RequestContext,
        page: &ModelsPage,
    ) -> Result<ModelList, ServiceError> {
        let user_id = request.allow(Scope::MessagesWrite)?.user_id;
        let _place = self.shares.work_of(user_id).take().await;
        page.of(self.usable(user_id).await?).map_err(invalid)
    }

    /// One of them.
    ///
    /// # Errors
    /// 404 for one that is unknown, retired or not allowed.
    pub async fn model(
        &self,
        request: &RequestContext,
        id: &str,
    ) -> Result<ModelEntry, ServiceError> {
        let user_id = request.allow(Scope::MessagesWrite)?.user_id;
        let _place = self.shares.work_of(user_id).take().await;
        let mut usable = self.usable(user_id).await?.into_iter();
        usable.find(|model| model.id == id).ok_or_else(|| {
            ServiceError::refused(ErrorCode::ModelUnknown, format!("model: {}", shortened(id)))
        })
    }

    /// The models that somebody may use today.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn usable(&self, user_id: Uuid) -> Result<Vec<ModelEntry>, ServiceError> {
        let (standing, catalog) =
            (self.ai.standing(user_id).await?, self.ai.models.current().await?);
        let today = standing.today(Utc::now());
        let usable = catalog.usable(today).filter(|it| standing.ceilings.allows_model(&it.id));
        Ok(usable.map(ModelEntry::from).collect())
    }

    async fn pass_on(
        &self,
        request: &RequestContext,
        incoming: Incoming,
        purpose: Purpose,
    ) -> Result<Reply, Refusal> {
        let user_id = request.allow(Scope::MessagesWrite)?.user_id;
        let asked = read(incoming.forward.body.clone(), purpose).await?;
        // Counted before it is looked whether they are cancelled: none slips through in between.
        let token = self.generation.in_flight().begin();
        if self.generation.in_flight().is_cancelled() {
            return Err(not_started().into());
        }
        let plan = {
            let _place = self.shares.work_of(user_id).take().await;
            Plan::make(&self.ai, user_id, asked, purpose).await?
        };
        let Incoming { forward, held, share } = incoming;
        let run = Run {
            service: self.clone(),
            // The id that the client knows its request by.
            request_id: Uuid::parse_str(&request.request_id).unwrap_or_else(|_| Uuid::new_v4()),
            run_id: Uuid::new_v4(),
            client: request.client.as_deref().map(str::to_owned),
            plan,
            forward,
        };
        let (reply, replied) = oneshot::channel();
        // A task of its own, because money is at stake: it ends in order when the client has gone.
        tokio::spawn(async move {
            let _kept = (token, held, share);
            run.carry_out(reply).await;
        });
        replied.await.unwrap_or_else(|_| {
            Err(ServiceError::Internal("a request of the gateway ended early".into()).into())
        })
    }
}

async fn read(body: Bytes, purpose: Purpose) -> Result<Asked, ServiceError> {
    let is_small = body.len() <= SMALL;
    let read = move || match purpose {
        Purpose::Message => Asked::read(&body),
        Purpose::Count => Asked::read_to_count(&body),
    };
    let asked = if is_small {
        read()
    } else {
        let reading = tokio::task::spawn_blocking(read).await;
        reading.map_err(|error| ServiceError::Internal(format!("reading a request: {error}")))?
    };
    asked.map_err(|error| match error {
        Unreadable::Json(message) => ServiceError::refused(ErrorCode::MalformedJson, message),
        Unreadable::Field(message) => invalid(message),
    })
}

/// In the words of the provider, which name the field themselves.
fn invalid(message: String) -> ServiceError {
    ServiceError::refused(ErrorCode::ValidationFailed, message)
}

fn not_started() -> ServiceError {
    ServiceError::Limited {
        code: ErrorCode::Stopping,
        message: "The server is stopping. Nothing was sent; try again in a moment.".into(),
        retry_after: 2,
    }
}

/// What stands in a sentence of ours is no longer than a name can be.
fn shortened(id: &str) -> String {
    id.chars().take(100).collect()
}
