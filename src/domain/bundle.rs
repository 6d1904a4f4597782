//! What a bundle has besides its data: what it is, the manifest, the card, and configurations of
//! trainers. All of it follows from what the log has, so that the same export gives the same bytes.

mod card;
mod configs;
mod manifest;
mod masked;
mod readme;
mod trainers;

use super::{
    data_sets::DataSetVersionView,
    exports::{ExportOptions, ExportView, Split},
    preferences::values::ExportFormat,
};
use trainers::Trainer;

/// A file with data in a bundle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataFile {
    /// `data/train.jsonl`.
    pub path: String,
    pub split: Option<Split>,
    /// How many conversations it has.
    pub count: i64,
    pub size_bytes: i64,
    /// 64 hexadecimal digits.
    pub sha256: String,
}

/// What the documents are made from.
#[derive(Clone, Copy, Debug)]
struct Bundle<'a> {
    export: &'a ExportView,
    version: Option<&'a DataSetVersionView>,
    files: &'a [DataFile],
}

/// The documents of a bundle, each with its path, in their order.
pub fn documents(
    export: &ExportView,
    version: Option<&DataSetVersionView>,
    files: &[DataFile],
) -> Vec<(String, String)> {
    let masks = &export.options.masked;
    // Without anything to mask there is nothing to write anew.
    let shown = (!masks.is_empty())
        .then(|| (masked::export(export), version.map(|own| masked::version(own, masks))));
    let (export, version) = match &shown {
        Some((export, version)) => (export, version.as_ref()),
        None => (export, version),
    };
    let bundle = Bundle { export, version, files };
    let mut documents = vec![
        ("README.md".to_owned(), readme::text(&bundle)),
        ("manifest.json".to_owned(), manifest::text(&bundle)),
    ];
    if let Some(version) = version {
        documents.push(("card.md".to_owned(), card::text(version)));
        documents.push(("card.json".to_owned(), card::json(version)));
    }
    let trainers = bundle.trainers();
    if trainers.contains(&Trainer::LlamaFactory) {
        documents.push(("dataset_info.json".to_owned(), configs::dataset_info(&bundle)));
    }
    for trainer in trainers {
        documents.push((trainer.path().to_owned(), configs::text(trainer, &bundle)));
    }
    documents
}

/// The path of a file with data. mlx-lm wants exactly these names, and others take any.
pub fn data_path(export: &ExportView, split: Option<Split>) -> String {
    let name = match split {
        None | Some(Split::Train) => "train",
        Some(Split::Validation) => "valid",
        Some(Split::Test) => "test",
    };
    let extension = match export.options.format {
        ExportFormat::Json => "json",
        ExportFormat::Jsonl => "jsonl",
        ExportFormat::Csv => "csv",
        ExportFormat::Markdown => "md",
    };
    format!("data/{name}.{extension}")
}

/// The longest example that is trained with, where nothing else is said.
const LENGTH: u32 = 4096;

impl Bundle<'_> {
    fn options(&self) -> &ExportOptions {
        &self.export.options
    }

    /// The file of a part; what has no parts is trained with.
    fn file_of(&self, split: Split) -> Option<&DataFile> {
        self.files.iter().find(|file| file.split.unwrap_or(Split::Train) == split)
    }

    fn path_of(&self, split: Split) -> Option<&str> {
        self.file_of(split).map(|file| file.path.as_str())
    }

    /// How many conversations all files have.
    fn count(&self) -> i64 {
        self.files.iter().map(|file| file.count).sum()
    }

    /// The most tokens that an example has: those that it was made to fit.
    fn length(&self) -> u32 {
        self.options().token_fit.map_or(LENGTH, |fit| fit.target)
    }
}

#[cfg(test)]
mod tests;
