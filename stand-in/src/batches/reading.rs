//! The body that makes a batch, read request by request while it comes in.

use super::{Item, Measured};
use crate::{
    Shared, caching,
    message::Said,
    models::{self, Model},
    parse,
    usage::{input_tokens, tokens},
};
use axum::body::{Body, Bytes};
use serde::{
    Deserialize,
    de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor},
};
use serde_json::{Value, value::RawValue};
use std::{
    collections::HashSet,
    fmt,
    io::{self, BufReader, Read},
    sync::Arc,
};
use tokio::sync::mpsc;
use tokio_stream::StreamExt;

/// Why no batch is made: a status and the provider's words for it.
pub type Refusal = (u16, String);

/// What came in.
pub struct Incoming {
    pub items: Result<Vec<Item>, Refusal>,
    /// Elements of `requests`, good or not.
    pub count: usize,
    pub bytes: u64,
}

/// Takes the whole body, also of a batch that is refused: a client that is not done with sending
/// would not see the answer.
pub async fn read(shared: &Arc<Shared>, workspace: String, body: Body) -> Incoming {
    let (most_requests, most_bytes) = {
        let batches = shared.settled();
        (batches.settings.most_requests, batches.settings.most_bytes)
    };
    let (sender, receiver) = mpsc::channel::<Bytes>(8);
    let taker = Taker {
        shared: shared.clone(),
        workspace,
        most: most_requests,
        items: Vec::new(),
        count: 0,
        ids: HashSet::new(),
        models: Vec::new(),
        refusal: None,
        there: false,
    };
    let reading = tokio::task::spawn_blocking(move || taker.take(receiver));
    let (mut bytes, mut whole) = (0, true);
    let mut stream = body.into_data_stream();
    while let Some(piece) = stream.next().await {
        let Ok(piece) = piece else {
            whole = false;
            break;
        };
        bytes += piece.len() as u64;
        if bytes <= most_bytes {
            // Fails when the JSON is broken; the rest is read all the same.
            let _ = sender.send(piece).await;
        }
    }
    drop(sender);
    let broken = || (Err((400, "The request body is not valid JSON.".to_owned())), 0);
    let (mut items, count) = reading.await.unwrap_or_else(|_| broken());
    if bytes > most_bytes {
        items = Err((413, "Request exceeds the maximum size".to_owned()));
    } else if !whole {
        items = broken().0;
    }
    Incoming { items, count, bytes }
}

/// Bytes out of a channel.
struct Pieces {
    receiver: mpsc::Receiver<Bytes>,
    piece: Bytes,
}

impl Read for Pieces {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.piece.is_empty() {
            match self.receiver.blocking_recv() {
                Some(piece) => self.piece = piece,
                None => return Ok(0),
            }
        }
        let taken = self.piece.split_to(buffer.len().min(self.piece.len()));
        buffer[..taken.len()].copy_from_slice(&taken);
        Ok(taken.len())
    }
}

/// Looks at each request as it comes.
struct Taker {
    shared: Arc<Shared>,
    workspace: String,
    most: usize,
    items: Vec<Item>,
    count: usize,
    ids: HashSet<Box<str>>,
    /// Those that were asked for.
    models: Vec<Arc<Model>>,
    /// The first thing that is wrong.
    refusal: Option<String>,
    /// `requests` was seen.
    there: bool,
}

/// An element of `requests`.
#[derive(Deserialize)]
struct Element {
    custom_id: Option<Value>,
    params: Option<Box<RawValue>>,
}

impl Taker {
    fn take(mut self, receiver: mpsc::Receiver<Bytes>) -> (Result<Vec<Item>, Refusal>, usize) {
        let pieces = Pieces { receiver, piece: Bytes::new() };
        let reader = BufReader::with_capacity(64 * 1024, pieces);
        let mut json = serde_json::Deserializer::from_reader(reader);
        let read = Object(&mut self).deserialize(&mut json).and_then(|()| json.end());
        if let Err(error) = read {
            let why = format!("The request body is not valid JSON: {error}");
            return (Err((400, why)), self.count);
        }
        let (count, most) = (self.count, self.most);
        let refusal = match self.refusal {
            _ if !self.there => Some("requests: Field required".to_owned()),
            _ if count == 0 => Some(
                "requests: List should have at least 1 item after validation, not 0".to_owned(),
            ),
            _ if count > most => Some(format!(
                "requests: List should have at most {most} items after validation, not {count}"
            )),
            refusal => refusal,
        };
        (refusal.map_or(Ok(self.items), |why| Err((400, why))), count)
    }

    fn look(&mut self, element: Element) {
        let place = self.count;
        self.count += 1;
        if self.refusal.is_some() || self.count > self.most {
            return;
        }
        match self.item(element) {
            Ok(item) => self.items.push(item),
            Err(why) if why.starts_with("requests:") => self.refusal = Some(why),
            Err(why) => self.refusal = Some(format!("requests.{place}.{why}")),
        }
    }

    fn item(&mut self, element: Element) -> Result<Item, String> {
        let custom_id: Box<str> = match element.custom_id {
            None => return Err("custom_id: Field required".to_owned()),
            Some(Value::String(id)) => id.into(),
            Some(_) => return Err("custom_id: Input should be a valid string".to_owned()),
        };
        let sign = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
        if custom_id.chars().count() > 64 {
            return Err("custom_id: String should have at most 64 characters".to_owned());
        }
        if custom_id.is_empty() || !custom_id.bytes().all(sign) {
            let pattern = "^[a-zA-Z0-9_-]{1,64}$";
            return Err(format!("custom_id: String should match pattern '{pattern}'"));
        }
        let Some(params) = element.params else {
            return Err("params: Field required".to_owned());
        };
        if !params.get().starts_with('{') {
            return Err("params: Input should be a valid dictionary".to_owned());
        }
        if !self.ids.insert(custom_id.clone()) {
            return Err(format!(
                "requests: custom_id's must be unique within a batch. Duplicate custom_id found: \
                 {custom_id}"
            ));
        }
        let measured = self.measure(&parse(params.get().as_bytes()));
        Ok(Item { custom_id, params, measured })
    }

    fn model(&mut self, id: &Value) -> Option<Arc<Model>> {
        if let Some(model) = self.models.iter().find(|model| *id == model.id) {
            return Some(model.clone());
        }
        let model = Arc::new(self.shared.model(id)?);
        self.models.push(model.clone());
        Some(model)
    }

    /// What a request cannot be is only told when the batch has ended.
    fn measure(&mut self, request: &Value) -> Result<Measured, Refusal> {
        if request["stream"] == true {
            let why = "\"stream=True\" is not supported in the Message Batches API";
            return Err((400, why.to_owned()));
        }
        if let Some(refusal) = models::refusal(request) {
            return Err(refusal);
        }
        let model = self.model(&request["model"]).ok_or((404, "model: unknown".to_owned()))?;
        let said = Said::usual(request, Some(&model));
        let prefixes = caching::prefixes(request, &self.workspace, model.cache_minimum);
        Ok(Measured {
            model,
            prompt: input_tokens(request),
            thinking: said.thinking,
            text: tokens(&said.text),
            prefixes: prefixes.into(),
        })
    }
}

/// The body itself.
struct Object<'a>(&'a mut Taker);

impl<'de> DeserializeSeed<'de> for Object<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Object<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object with requests")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key::<String>()? {
            if name == "requests" {
                self.0.there = true;
                map.next_value_seed(List(&mut *self.0))?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}

/// Its `requests`.
struct List<'a>(&'a mut Taker);

impl<'de> DeserializeSeed<'de> for List<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for List<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list of requests")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while let Some(element) = list.next_element::<Element>()? {
            self.0.look(element);
        }
        Ok(())
    }
}
