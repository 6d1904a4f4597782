//! Sends a file in pieces, from where the server has it.

use super::Imports;
use crate::{
    api::imports::{UploadImport, UploadQuery},
    domain::imports::{ImportState, ImportView, MAX_PIECE},
    ui::client::rest::Call,
};
use leptos::prelude::*;
use web_sys::File;

/// Sends what is missing. Whoever is interrupted goes on later with the same file.
pub(super) async fn send(imports: Imports, import: ImportView, file: File) {
    let id = import.id;
    imports.failed.try_set(None);
    imports.sending.try_set(Some(id));
    let mut import = import;
    while import.state == ImportState::Uploading {
        let start = import.received_bytes;
        let end = (start + MAX_PIECE as i64).min(import.size_bytes);
        // Sizes of files are far below what a float holds exactly.
        let Ok(piece) = file.slice_with_f64_and_f64(start as f64, end as f64) else {
            imports.fail(id, "The file could not be read. Choose it again.".into());
            break;
        };
        let call = Call::<UploadImport>::sending(id, &UploadQuery { start }, piece);
        match call.send().await {
            Ok(answer) => {
                import = answer.import;
                imports.take(import.clone());
            }
            Err(error) => {
                imports.fail(id, error.error);
                break;
            }
        }
    }
    imports.sending.try_set(None);
}
