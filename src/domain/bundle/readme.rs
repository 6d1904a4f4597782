//! What a bundle is and how it is used, for whoever unpacks it.

use super::{
    Bundle,
    card::{number, push_left_out, push_rules},
    trainers::{Shape, Trainer},
};
use crate::domain::{
    exports::{LeftOut, Split, push_inline},
    preferences::values::ExportFormat,
};
use std::fmt::Write;

pub fn text(bundle: &Bundle<'_>) -> String {
    let mut text = String::new();
    push_what(&mut text, bundle);
    push_files(&mut text, bundle);
    push_trainers(&mut text, bundle);
    push_contents(&mut text, bundle);
    if !bundle.export.left_out.is_empty() {
        text.push_str("\n## Left out\n\n");
        push_left_out(&mut text, &bundle.export.left_out);
    }
    text
}

fn push_what(text: &mut String, bundle: &Bundle<'_>) {
    let export = bundle.export;
    text.push_str("# ");
    match bundle.version {
        Some(version) => {
            push_inline(text, &version.data_set_name);
            _ = writeln!(text, ", version {}", version.summary.number);
        }
        None => text.push_str("Conversations\n"),
    }
    let count = bundle.count();
    let s = if count == 1 { "" } else { "s" };
    // A version, exported again, is the same file: nothing here is this export's own then.
    let (done, at, name) = match bundle.version.map(|version| &version.summary) {
        Some(version) => ("frozen", version.created_at, &version.author_name),
        None => ("exported", export.created_at, &export.author_name),
    };
    let day = at.format("%Y-%m-%d");
    let count = number(count);
    _ = write!(text, "\n{count} conversation{s} to train a model with, {done} on {day}");
    if let Some(name) = name {
        text.push_str(" by ");
        push_inline(text, name);
    }
    match bundle.version {
        Some(version) => _ = writeln!(text, ". Version {}.", version.summary.id),
        None => _ = writeln!(text, ". Export {}.", export.id),
    }
    let options = bundle.options();
    push_rules(text, &options.include, options.token_fit, options.minimum_score);
    let lacking = bundle.version.map_or(0, |version| version.card.sizes.total() - bundle.count());
    if lacking > 0 {
        let lacking = number(lacking);
        _ = writeln!(
            text,
            "\nThe card counts all of the version: {lacking} of its examples cannot be said in \
             this format and are not in these files."
        );
    }
}

fn push_files(text: &mut String, bundle: &Bundle<'_>) {
    text.push_str("\n## Files\n\n| file | conversations | bytes |\n|---|--:|--:|\n");
    for file in bundle.files {
        let (count, size) = (number(file.count), number(file.size_bytes));
        _ = writeln!(text, "| `{}` | {count} | {size} |", file.path);
    }
    text.push_str(
        "\n`manifest.json` has the checksum (SHA-256) of each, all options, and how many were left \
            out and why.",
    );
    if bundle.version.is_some() {
        text.push_str(
            " `card.md` says what the examples are; `card.json` says the same to programs, with \
                the cost in billionths of a US dollar.",
        );
    }
    text.push('\n');
    if bundle.path_of(Split::Validation).is_some() || bundle.path_of(Split::Test).is_some() {
        text.push_str(
            "\nTrain with `train` only. `valid` is to be looked at while training, `test` once, \
                at the end. What is nearly the same is always in the same file.\n",
        );
    }
    push_validation(text, bundle);
}

/// Where there is no part to look at while training, some configurations take one from `train`.
fn push_validation(text: &mut String, bundle: &Bundle<'_>) {
    let holds_back = [Trainer::Axolotl, Trainer::LlamaFactory];
    let trainers = bundle.trainers();
    let names: Vec<&str> =
        holds_back.into_iter().filter(|own| trainers.contains(own)).map(Trainer::name).collect();
    if bundle.path_of(Split::Validation).is_some() || names.is_empty() {
        return;
    }
    _ = writeln!(
        text,
        "\nThere is no part for validation, so the configuration of {} holds back 5 % of `train` \
         at random: near duplicates may be on both sides of that.",
        names.join(" and that of ")
    );
}

fn push_trainers(text: &mut String, bundle: &Bundle<'_>) {
    text.push_str("\n## Training\n\n");
    let Some(shape) = bundle.shape() else {
        text.push_str("These files are for people and spreadsheets. To train, export JSONL.\n");
        return;
    };
    text.push_str(
        "Write the name of your model into the configuration, where it says so, and run the \
            command in this folder.\n\n| trainer | command |\n|---|---|\n",
    );
    let trainers = bundle.trainers();
    for trainer in &trainers {
        _ = writeln!(text, "| {} | `{}` |", trainer.name(), trainer.command());
    }
    let others = Trainer::ALL.into_iter().filter(|trainer| !trainers.contains(trainer));
    let others: Vec<&str> = others.map(Trainer::name).collect();
    if !others.is_empty() {
        let why = match shape {
            Shape::Alpaca => "do not read the history of Alpaca's lines",
            Shape::PromptCompletion => "do not take a prompt that is a list of messages",
            Shape::Messages | Shape::Sharegpt => "do not read these files",
        };
        let others = others.join(" and ");
        _ = writeln!(text, "\nNot for {others}, which {why}: export JSONL of the kind OpenAI.");
    }
    text.push_str(
        "\nTrainers drop or refuse a conversation that does not begin with the user, alternate, \
            and end with the assistant. All here do",
    );
    let is_included = bundle.options().include.contains(&LeftOut::Untrainable);
    text.push_str(if is_included {
        ", but for those that were included although no trainer takes them.\n"
    } else {
        ".\n"
    });
}

fn push_contents(text: &mut String, bundle: &Bundle<'_>) {
    let what = match (bundle.options().format, bundle.shape()) {
        (ExportFormat::Csv, _) => {
            "A row for each turn: `id`, `turn`, `role`, `content`, and what is said about the \
                conversation. An apostrophe stands before what a spreadsheet would run."
        }
        (ExportFormat::Markdown, _) => {
            "A document for each conversation, with what was said in blocks of code."
        }
        (ExportFormat::Json, _) => "An array with one conversation in each line, as `messages`.",
        (_, Some(Shape::Sharegpt)) => "One in each line: `conversations`, from `human` or `gpt`.",
        (_, Some(Shape::Alpaca)) => {
            "One in each line: `instruction` is the last question, `output` its answer, `history` \
                what was said before them."
        }
        (_, Some(Shape::PromptCompletion)) => {
            "One in each line: `prompt` is everything but the last answer, `completion` that."
        }
        (_, Some(Shape::Messages) | None) => "One in each line, as `messages`.",
    };
    _ = writeln!(text, "\n## Contents\n\n{what}");
    if bundle.options().metadata {
        text.push_str(
            "\nWhat is said about a conversation is always there and always of the same type: what \
                is not known is an empty text, a missing score is -1.0, a missing cost is 0.\n",
        );
    }
}
