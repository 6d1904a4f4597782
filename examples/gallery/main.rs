//! Every component in every state, on one page, for looking at and for checking with axe.
//!
//! `cargo run --example gallery --features ssr` writes `target/gallery/index.html` and the sign-in layout beside it, and
//! prints where. Nothing moves in them: they are what the server sends before a script runs.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command answers on the terminal")]

mod controls;
mod feedback;
mod frame;

use leptos::prelude::*;
use std::{error::Error, fs, path::Path};

fn main() -> Result<(), Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = root.join("target/gallery");
    fs::create_dir_all(&folder)?;
    for (name, body) in [("index", render(frame::gallery)), ("sign-in", render(frame::sign_in))] {
        let file = folder.join(name).with_extension("html");
        fs::write(&file, page(&body))?;
        println!("{}", file.display());
    }
    Ok(())
}

fn render<V: IntoView>(view: impl FnOnce() -> V) -> String {
    Owner::new().with(|| view().into_view().to_html())
}

fn page(body: &str) -> String {
    format!(
        r#"<!DOCTYPE html>
<html lang="en" data-theme="system" data-density="comfortable" data-animations="on" data-sidebar="expanded">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Gallery – Train</title>
<link rel="icon" href="../../public/favicon.svg">
<link rel="stylesheet" href="../../style/main.css">
</head>
<body>{body}</body>
</html>
"#
    )
}
