//! Sends a file in pieces, from where the server has it.

use super::Imports;
use crate::{
    api::imports::{UploadImport, UploadQuery},
    domain::imports::{ImportState, ImportView, MAX_PIECE},
    ui::client::{begun::Begun, rest::Call},
};
use leptos::prelude::*;
use uuid::Uuid;
use web_sys::File;

/// How much is sent again, in bytes.
const COMPARED: i64 = 1 << 20;

thread_local! {
    static SENDING: ArcRwSignal<Vec<Uuid>> = ArcRwSignal::new(Vec::new());
}

/// Which imports this tab is sending the files of. They go on while the person looks at another
/// page.
pub(super) fn sending() -> ArcRwSignal<Vec<Uuid>> {
    // A server sends none, and must not remember who asked.
    if cfg!(target_arch = "wasm32") { SENDING.with(Clone::clone) } else { ArcRwSignal::default() }
}

/// Sends what is missing. Whoever is interrupted goes on later with the same file.
pub(super) async fn send(imports: Imports, import: ImportView, file: File) {
    let (id, sending) = (import.id, sending());
    if sending.with_untracked(|all| all.contains(&id)) {
        return;
    }
    sending.update(|all| all.push(id));
    imports.failed.try_set(None);
    if let Err(sentence) = pieces(imports, import, file).await {
        imports.failed.try_set(Some((id, sentence)));
    }
    sending.update(|all| all.retain(|own| *own != id));
    Begun::Imports.tell();
}

async fn pieces(imports: Imports, mut import: ImportView, file: File) -> Result<(), String> {
    // Who goes on sends some of what has come again: the server says when that is another file.
    let mut start = (import.received_bytes - COMPARED).max(0);
    while import.state == ImportState::Uploading {
        let end = (start + MAX_PIECE as i64).min(import.size_bytes);
        // Sizes of files are far below what a float holds exactly.
        let piece = file
            .slice_with_f64_and_f64(start as f64, end as f64)
            .map_err(|_| "The file could not be read. Choose it again.")?;
        let call = Call::<UploadImport>::sending(import.id, &UploadQuery { start }, piece);
        import = call.send().await.map_err(|error| error.error)?.import;
        start = import.received_bytes;
        imports.list.take(import.clone());
    }
    Ok(())
}
