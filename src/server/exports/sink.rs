//! The bytes of a file: packed, counted, hashed, and cut into pieces for the database. What goes in
//! decides what comes out, and nothing else: no time, no name of a server.

use crate::server::foundation::error::ServiceError;
use flate2::{Compression, write::GzEncoder};
use sha2::{Digest, Sha256};
use std::{
    io::{self, Read, Write},
    sync::{Arc, Mutex, PoisonError},
};
use zip::{CompressionMethod, DateTime, ZipWriter, write::SimpleFileOptions, write::StreamWriter};

/// How many bytes of the file a piece has; the last one has fewer.
pub(super) const PIECE: usize = 512 * 1024;
/// From so many bytes of text on, entries of a bundle may be longer than 4 GiB: what is escaped is
/// up to six times as long, and something is said about each conversation.
const LARGE: i64 = 256 << 20;

/// A piece of a file, as it is stored.
#[derive(Debug)]
pub(super) struct Piece {
    pub start: i64,
    pub size: i32,
    /// Packed with gzip.
    pub packed: Vec<u8>,
}

/// What the file is in the end.
#[derive(Debug)]
pub(super) struct Whole {
    pub size: i64,
    pub sha256: String,
}

/// Where a zip is written to: it owns its writer, and what is there already is taken away beneath.
#[derive(Clone, Default)]
struct Buffer(Arc<Mutex<Vec<u8>>>);

impl Buffer {
    fn take(&self) -> Vec<u8> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Write for Buffer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

enum Packing {
    Plain(Vec<u8>),
    Gzip(Box<GzEncoder<Vec<u8>>>),
    Zip(Box<ZipWriter<StreamWriter<Buffer>>>, Buffer),
}

/// How a file is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Plain,
    Gzip,
    Zip,
}

/// A file that is being written.
pub(super) struct Sink {
    packing: Packing,
    is_packed: bool,
    hash: Sha256,
    /// Bytes that were taken as pieces.
    taken: i64,
    /// Bytes for the next piece.
    waiting: Vec<u8>,
}

impl Sink {
    pub fn new(kind: Kind) -> Self {
        let packing = match kind {
            Kind::Plain => Packing::Plain(Vec::new()),
            Kind::Gzip => {
                Packing::Gzip(Box::new(GzEncoder::new(Vec::new(), Compression::default())))
            }
            Kind::Zip => {
                let buffer = Buffer::default();
                let writer = ZipWriter::new_stream(buffer.clone());
                Packing::Zip(Box::new(writer), buffer)
            }
        };
        let is_packed = kind != Kind::Plain;
        Self { packing, is_packed, hash: Sha256::new(), taken: 0, waiting: Vec::new() }
    }

    /// Begins an entry of a bundle; of another file nothing. `size`: about how many bytes of text
    /// it has.
    pub fn begin_entry(&mut self, path: &str, size: i64) -> Result<(), ServiceError> {
        let Packing::Zip(writer, _) = &mut self.packing else { return Ok(()) };
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .last_modified_time(DateTime::default())
            .unix_permissions(0o644)
            .large_file(size >= LARGE);
        writer.start_file(path, options).map_err(|error| ServiceError::Internal(error.to_string()))
    }

    pub fn write(&mut self, bytes: &[u8]) -> Result<(), ServiceError> {
        let written = match &mut self.packing {
            Packing::Plain(buffer) => buffer.write_all(bytes),
            Packing::Gzip(encoder) => encoder.write_all(bytes),
            Packing::Zip(writer, _) => writer.write_all(bytes),
        };
        written.map_err(|error| ServiceError::Internal(error.to_string()))
    }

    /// The pieces that are whole by now.
    pub fn pieces(&mut self) -> Result<Vec<Piece>, ServiceError> {
        let bytes = match &mut self.packing {
            Packing::Plain(buffer) => std::mem::take(buffer),
            Packing::Gzip(encoder) => std::mem::take(encoder.get_mut()),
            Packing::Zip(_, buffer) => buffer.take(),
        };
        self.cut(&bytes)
    }

    fn cut(&mut self, bytes: &[u8]) -> Result<Vec<Piece>, ServiceError> {
        self.hash.update(bytes);
        self.waiting.extend_from_slice(bytes);
        let whole = self.waiting.len() / PIECE * PIECE;
        let rest = self.waiting.split_off(whole);
        let bytes = std::mem::replace(&mut self.waiting, rest);
        bytes.chunks(PIECE).map(|piece| self.piece(piece)).collect()
    }

    fn piece(&mut self, bytes: &[u8]) -> Result<Piece, ServiceError> {
        let start = self.taken;
        let size = i32::try_from(bytes.len()).unwrap_or(i32::MAX);
        self.taken += i64::from(size);
        Ok(Piece { start, size, packed: packed(bytes, self.is_packed)? })
    }

    /// The last pieces, and what the whole is.
    pub fn end(mut self) -> Result<(Vec<Piece>, Whole), ServiceError> {
        let broken = |error: io::Error| ServiceError::Internal(error.to_string());
        let packing = std::mem::replace(&mut self.packing, Packing::Plain(Vec::new()));
        let bytes = match packing {
            Packing::Plain(buffer) => buffer,
            Packing::Gzip(encoder) => encoder.finish().map_err(broken)?,
            Packing::Zip(writer, buffer) => {
                writer.finish().map_err(|error| ServiceError::Internal(error.to_string()))?;
                buffer.take()
            }
        };
        let mut pieces = self.cut(&bytes)?;
        let waiting = std::mem::take(&mut self.waiting);
        if !waiting.is_empty() {
            pieces.push(self.piece(&waiting)?);
        }
        let whole = Whole { size: self.taken, sha256: hex::encode(self.hash.finalize()) };
        Ok((pieces, whole))
    }
}

/// A piece as it is stored. What is packed already is only wrapped.
fn packed(bytes: &[u8], is_packed: bool) -> Result<Vec<u8>, ServiceError> {
    let level = if is_packed { Compression::none() } else { Compression::fast() };
    let mut encoder = GzEncoder::new(Vec::new(), level);
    let written = encoder.write_all(bytes).and_then(|()| encoder.finish());
    written.map_err(|error| ServiceError::Internal(error.to_string()))
}

/// A piece as it is sent.
///
/// # Errors
/// When it is not what was stored.
pub(super) fn unpacked(packed: &[u8]) -> Result<Vec<u8>, ServiceError> {
    let mut bytes = Vec::with_capacity(PIECE);
    let read = flate2::read::GzDecoder::new(packed).read_to_end(&mut bytes);
    read.map_err(|error| ServiceError::Internal(format!("a piece of an export: {error}")))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(kind: Kind, step: usize) -> (Vec<u8>, Whole) {
        let text: Vec<u8> = (0..40_000_u32).flat_map(|number| number.to_le_bytes()).collect();
        let mut sink = Sink::new(kind);
        let mut pieces = Vec::new();
        for part in 0..8 {
            sink.begin_entry(&format!("data/{part}.bin"), 1).unwrap();
            for bytes in text.chunks(step) {
                sink.write(bytes).unwrap();
                pieces.extend(sink.pieces().unwrap());
            }
        }
        let (rest, whole) = sink.end().unwrap();
        pieces.extend(rest);
        let mut file = Vec::new();
        for piece in &pieces {
            assert_eq!(piece.start, i64::try_from(file.len()).unwrap());
            let bytes = unpacked(&piece.packed).unwrap();
            assert_eq!(bytes.len(), usize::try_from(piece.size).unwrap());
            file.extend(bytes);
        }
        assert!(pieces.iter().rev().skip(1).all(|piece| piece.size == 512 * 1024));
        (file, whole)
    }

    #[test]
    fn a_file_is_the_sum_of_its_pieces_however_it_was_written() {
        for kind in [Kind::Plain, Kind::Gzip, Kind::Zip] {
            let (file, whole) = written(kind, 1000);
            assert_eq!(whole.size, i64::try_from(file.len()).unwrap());
            assert_eq!(whole.sha256, hex::encode(Sha256::digest(&file)), "{kind:?}");
            let (again, _) = written(kind, 1000);
            assert!(file == again, "{kind:?}: the same bytes each time");
        }
        assert!(written(Kind::Plain, 7).0 == written(Kind::Plain, 1000).0);
        assert_eq!(unpacked(&written(Kind::Gzip, 1000).0).unwrap(), written(Kind::Plain, 9).0);
        assert!(written(Kind::Zip, 1000).0.starts_with(b"PK\x03\x04"));
    }

    #[test]
    fn nothing_is_a_file_without_pieces() {
        let (pieces, whole) = Sink::new(Kind::Plain).end().unwrap();
        assert!(pieces.is_empty());
        assert_eq!((whole.size, &whole.sha256[..8]), (0, "e3b0c442"));
    }
}
