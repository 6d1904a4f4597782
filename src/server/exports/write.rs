//! Writing the file of an export: conversations are read some at a time, and while the next ones
//! are read those before are written, packed and stored. What is in memory are two such lots and a
//! piece of the file.

use super::{
    ExportService, lease,
    lease::{Lease, Stored},
    rows,
    sink::{Kind, Piece, Sink, Whole},
};
use crate::{
    domain::{
        bundle::{DataFile, data_path, documents},
        exports::{ExportState, ExportView, FileWriter, LeftOut, LeftOutCount, Record, Split, fit},
    },
    server::{
        data_sets::version_of_system,
        foundation::{error::ServiceError, shutdown::Shutdown},
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

    fn begin_part(&mut self, path: &str) -> Result<(), ServiceError> {
        self.sink.begin_entry(path, self.lease.total)?;
        self.writer = FileWriter::new(&self.lease.options, self.lease.version.is_some());
        (self.hash, self.size, self.count) = (Sha256::new(), 0, 0);
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
        for (_, record) in lot {
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
        let version = match lease.version.filter(|_| lease.options.bundle) {
            Some(version) => version_of_system(self.db.pool(), version).await?,
            None => None,
        };
        let mut writing = Writing::new(lease);
        for split in self.parts(lease).await? {
            let path = data_path(view, split);
            writing.begin_part(&path)?;
            let (after, ended) = self.write_part(lease, shutdown, writing, split).await?;
            if let Some(ended) = ended {
                return Ok(ended);
            }
            writing = after;
            writing.end_part(path, split)?;
        }
        if lease.options.bundle {
            conclude(view, &writing);
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

    /// Which files with data there are: of a bundle of a version one for each part of it.
    async fn parts(&self, lease: &Lease) -> Result<Vec<Option<Split>>, ServiceError> {
        if lease.version.is_none() || !lease.options.bundle {
            return Ok(vec![None]);
        }
        let words = sqlx::query_scalar!(
            r#"SELECT DISTINCT split AS "split!" FROM selection_items
               WHERE selection_id = $1 AND split IS NOT NULL"#,
            lease.selection
        )
        .fetch_all(self.db.pool())
        .await?;
        let has = |split: &Split| words.iter().any(|word| word == split.as_str());
        let parts: Vec<_> = Split::ALL.into_iter().filter(has).map(Some).collect();
        Ok(if parts.is_empty() { vec![None] } else { parts })
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

/// What the documents of a bundle say of the export: as it is once it is done.
fn conclude(view: &mut ExportView, writing: &Writing) {
    view.state = ExportState::Done;
    view.written = writing.written;
    view.left_out = writing.counts();
}

/// Work for the processor, where nobody waits for it.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ServiceError> + Send + 'static,
) -> Result<T, ServiceError> {
    spawn_blocking(work).await.map_err(|error| ServiceError::Internal(error.to_string()))?
}
