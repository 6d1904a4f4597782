//! Writing the file of an export: conversations are read some at a time, and while the next ones
//! are read those before are written, packed and stored. What is in memory are two such lots and a
//! piece of the file.

use super::{
    ExportService, lease,
    lease::{Lease, Stored},
    rows,
    rows::Bundled,
    sink::{Kind, Piece, Sink, Whole},
};
use crate::{
    domain::{
        bundle::{DataFile, data_path, documents},
        exports::{ExportState, ExportView, FileWriter, LeftOut, LeftOutCount, Record, Split, fit},
        preferences::values::ExportFormat,
    },
    server::{
        foundation::{error::ServiceError, shutdown::Shutdown},
        postgres::Pool,
        selections::{Place, records},
    },
};
use sha2::{Digest, Sha256};
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};
use tokio::task::spawn_blocking;

/// Conversations that are read in one statement, at most.
const LOT: i64 = 500;
/// How often a server that has nothing to store says that it is still there.
const SIGN: Duration = Duration::from_secs(1);

/// How writing ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    Done,
    /// It is another server's, was stopped, or this server stops.
    Left,
    /// It cannot be written; why, for people.
    Failed(&'static str),
}

const DIFFERS: &str = "A server stopped while it wrote this file, and another could not go on with \
    the same bytes. Export again.";
const GONE: &str = "Conversations of the version were removed for good meanwhile, so it cannot be \
    written any more.";

/// Some conversations with their positions.
type Lot = Vec<(i32, Option<Record>)>;

/// A file that is being written, without its way to the database.
struct Writing {
    lease: Lease,
    sink: Sink,
    writer: FileWriter,
    /// The part that is written, of bundles.
    hash: Sha256,
    size: i64,
    count: i64,
    files: Vec<DataFile>,
    /// The position of what the part was begun with, out of its order.
    opener: Option<i32>,
    written: i64,
    left_out: BTreeMap<LeftOut, i64>,
    /// One of a version that is not there any more.
    lacks: bool,
}

impl Writing {
    fn new(lease: &Lease) -> Self {
        let options = &lease.options;
        let kind = match (options.bundle, options.gzip) {
            (true, _) => Kind::Zip,
            (false, true) => Kind::Gzip,
            (false, false) => Kind::Plain,
        };
        Self {
            sink: Sink::new(kind),
            writer: FileWriter::new(options, lease.version.is_some()),
            hash: Sha256::new(),
            size: 0,
            count: 0,
            files: Vec::new(),
            opener: None,
            written: 0,
            left_out: lease.left_out.clone(),
            lacks: false,
            lease: lease.clone(),
        }
    }

    fn put(&mut self, text: &str) -> Result<(), ServiceError> {
        self.hash.update(text.as_bytes());
        self.size += i64::try_from(text.len()).unwrap_or(i64::MAX);
        self.sink.write(text.as_bytes())
    }

    fn begin_part(&mut self, path: &str, size: i64) -> Result<(), ServiceError> {
        self.sink.begin_entry(path, size)?;
        self.writer = FileWriter::new(&self.lease.options, self.lease.version.is_some());
        (self.hash, self.size, self.count) = (Sha256::new(), 0, 0);
        self.opener = None;
        let mut text = String::new();
        self.writer.begin(&mut text);
        self.put(&text)
    }

    fn end_part(&mut self, path: String, split: Option<Split>) -> Result<(), ServiceError> {
        let mut text = String::new();
        self.writer.end(&mut text);
        self.put(&text)?;
        let sha256 = hex::encode(std::mem::take(&mut self.hash).finalize());
        let (count, size_bytes) = (self.count, self.size);
        self.files.push(DataFile { path, split, count, size_bytes, sha256 });
        Ok(())
    }

    fn take(&mut self, lot: Lot) -> Result<Vec<Piece>, ServiceError> {
        let mut text = String::new();
        let mut pieces = Vec::new();
        for (position, record) in lot {
            if self.opener == Some(position) {
                continue;
            }
            let taken = match record {
                None => {
                    self.lacks |= self.lease.version.is_some();
                    Err(LeftOut::Gone)
                }
                Some(mut record) => fit(&mut record, self.lease.options.token_fit)
                    .and_then(|()| self.writer.push(&mut text, &record)),
            };
            match taken {
                Ok(()) => (self.written, self.count) = (self.written + 1, self.count + 1),
                Err(reason) => *self.left_out.entry(reason).or_default() += 1,
            }
            if text.len() > super::sink::PIECE {
                self.put(&text)?;
                text.clear();
                pieces.extend(self.sink.pieces()?);
            }
        }
        self.put(&text)?;
        pieces.extend(self.sink.pieces()?);
        Ok(pieces)
    }

    fn put_opener(&mut self, record: Record) -> Result<(), ServiceError> {
        let mut text = String::new();
        if self.writer.push(&mut text, &record).is_ok() {
            (self.written, self.count) = (self.written + 1, self.count + 1);
        }
        self.put(&text)
    }

    fn put_documents(&mut self, documents: Vec<(String, String)>) -> Result<(), ServiceError> {
        for (path, text) in documents {
            self.sink.begin_entry(&path, 0)?;
            self.sink.write(text.as_bytes())?;
        }
        Ok(())
    }

    fn end(self) -> Result<(Vec<Piece>, Whole), ServiceError> {
        self.sink.end()
    }

    fn counts(&self) -> Vec<LeftOutCount> {
        let count = |(reason, count): (&LeftOut, &i64)| {
            (*count > 0).then_some(LeftOutCount { reason: *reason, count: *count })
        };
        self.left_out.iter().filter_map(count).collect()
    }
}

impl ExportService {
    /// Writes an export from its beginning to its end.
    ///
    /// # Errors
    /// When the database does not answer: it can be tried again.
    pub(super) async fn write(
        &self,
        lease: &Lease,
        shutdown: &Shutdown,
    ) -> Result<Ended, ServiceError> {
        let mut view = rows::of_system(self.db.pool(), lease.export).await?;
        let Some(view) = &mut view else { return Ok(Ended::Left) };
        let mut writing = Writing::new(lease);
        for (split, size) in self.parts(lease).await? {
            let path = data_path(view, split);
            writing.begin_part(&path, size)?;
            let (after, ended) = self.write_part(lease, shutdown, writing, split).await?;
            if let Some(ended) = ended {
                return Ok(ended);
            }
            writing = after;
            writing.end_part(path, split)?;
        }
        if lease.options.bundle {
            let Bundled { author_name, version } =
                rows::bundled(self.db.pool(), lease.export).await?;
            conclude(view, author_name, &writing);
            let documents = documents(view, version.as_ref(), &writing.files);
            writing.put_documents(documents)?;
        }
        let (written, left_out) = (writing.written, writing.left_out.clone());
        let (pieces, whole) = blocking(move || writing.end()).await?;
        if let Some(ended) = self.store(lease, &pieces, written).await? {
            return Ok(ended);
        }
        lease::finish(self.db.pool(), lease, &whole, written, &left_out).await?;
        self.grown.notify_waiters();
        Ok(Ended::Done)
    }

    /// Which files with data there are, each with about how many bytes of text it has: of a bundle
    /// of a version one for each part of it.
    async fn parts(&self, lease: &Lease) -> Result<Vec<(Option<Split>, i64)>, ServiceError> {
        if !lease.options.bundle {
            return Ok(vec![(None, 0)]);
        }
        // Four bytes for each of the estimated tokens, and what is said about each conversation.
        let rows = sqlx::query!(
            r#"SELECT split, sum(4 * (facts ->> 'tokens')::bigint + 2048)::bigint AS "size!"
               FROM selection_items WHERE selection_id = $1 GROUP BY split"#,
            lease.selection
        )
        .fetch_all(self.db.pool())
        .await?;
        // A table says everything about a conversation again beside each turn.
        let is_table = lease.options.format == ExportFormat::Csv;
        let mut parts = Vec::new();
        for row in rows {
            let split = row.split.map(|split| split.parse()).transpose();
            let size = if is_table { i64::MAX } else { row.size };
            parts.push((split.map_err(ServiceError::Internal)?, size));
        }
        parts.sort_unstable();
        Ok(if parts.is_empty() { vec![(None, 0)] } else { parts })
    }

    async fn write_part(
        &self,
        lease: &Lease,
        shutdown: &Shutdown,
        mut writing: Writing,
        split: Option<Split>,
    ) -> Result<(Writing, Option<Ended>), ServiceError> {
        let pool = self.db.pool();
        let mut place = Place { selection: lease.selection, split, after: -1 };
        let mut lot = records(pool, place, LOT).await?;
        if FileWriter::begins_with_history(&lease.options) {
            match opener(pool, place, &writing, shutdown).await? {
                Opener::Found(position, record) => {
                    writing.put_opener(*record)?;
                    writing.opener = Some(position);
                }
                Opener::None => {}
                Opener::Left => return Ok((writing, Some(Ended::Left))),
            }
        }
        let mut seen = Instant::now();
        while let Some((position, _)) = lot.last() {
            if shutdown.is_cancelled() {
                lease::release(pool, lease).await?;
                return Ok((writing, Some(Ended::Left)));
            }
            place.after = *position;
            let before = async {
                let (after, pieces) = blocking(move || {
                    let pieces = writing.take(lot)?;
                    Ok((writing, pieces))
                })
                .await?;
                let ended = match after.lacks {
                    true => Some(Ended::Failed(GONE)),
                    false => self.store(lease, &pieces, after.written).await?,
                };
                Ok::<_, ServiceError>((after, ended, !pieces.is_empty()))
            };
            let (next, before) = tokio::join!(records(pool, place, LOT), before);
            let (after, mut ended, has_stored) = before?;
            if has_stored {
                seen = Instant::now();
            } else if seen.elapsed() > SIGN {
                seen = Instant::now();
                if !lease::renew(pool, lease, after.written).await? {
                    ended = ended.or(Some(Ended::Left));
                }
            }
            writing = after;
            if ended.is_some() {
                return Ok((writing, ended));
            }
            lot = next?;
        }
        Ok((writing, None))
    }

    async fn store(
        &self,
        lease: &Lease,
        pieces: &[Piece],
        written: i64,
    ) -> Result<Option<Ended>, ServiceError> {
        for piece in pieces {
            match lease::store(self.db.pool(), lease, piece, written).await? {
                Stored::New => self.grown.notify_waiters(),
                Stored::Differs => return Ok(Some(Ended::Failed(DIFFERS))),
                Stored::Lost => return Ok(Some(Ended::Left)),
            }
        }
        Ok(None)
    }
}

/// What a file is begun with.
enum Opener {
    Found(i32, Box<Record>),
    None,
    /// The export is another server's, was stopped, or this server stops.
    Left,
}

/// What an Alpaca file is begun with, and its position: loaders decide on its types by the first
/// ten megabytes, and a history comes later in some.
async fn opener(
    pool: &Pool,
    part: Place,
    writing: &Writing,
    shutdown: &Shutdown,
) -> Result<Opener, ServiceError> {
    let lease = &writing.lease;
    let mut after = part.after;
    loop {
        let positions = rows::longer(pool, Place { after, ..part }).await?;
        let Some(last) = positions.last() else { return Ok(Opener::None) };
        after = *last;
        if shutdown.is_cancelled() {
            lease::release(pool, lease).await?;
            return Ok(Opener::Left);
        }
        // It may take long: of many only the last may be one.
        if !lease::renew(pool, lease, writing.written).await? {
            return Ok(Opener::Left);
        }
        for position in positions {
            let place = Place { after: position - 1, ..part };
            let Some((_, Some(mut record))) = records(pool, place, 1).await?.pop() else {
                continue;
            };
            let fits = fit(&mut record, lease.options.token_fit).is_ok();
            if fits && writing.writer.has_history(&record) {
                return Ok(Opener::Found(position, Box::new(record)));
            }
        }
    }
}

/// What the documents of a bundle say of the export: as it is once it is done.
fn conclude(view: &mut ExportView, author_name: Option<String>, writing: &Writing) {
    view.state = ExportState::Done;
    view.author_name = author_name;
    view.written = writing.written;
    view.left_out = writing.counts();
}

/// Work for the processor, where nobody waits for it.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ServiceError> + Send + 'static,
) -> Result<T, ServiceError> {
    spawn_blocking(work).await.map_err(|error| ServiceError::Internal(error.to_string()))?
}
