//! Which trainers read which files.

use super::Bundle;
use crate::domain::{exports::JsonlKind, preferences::values::ExportFormat};

/// A program that trains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trainer {
    Axolotl,
    Trl,
    LlamaFactory,
    Unsloth,
    MlxLm,
}

impl Trainer {
    pub const ALL: [Self; 5] =
        [Self::Axolotl, Self::Trl, Self::LlamaFactory, Self::Unsloth, Self::MlxLm];

    pub fn name(self) -> &'static str {
        match self {
            Self::Axolotl => "Axolotl",
            Self::Trl => "TRL",
            Self::LlamaFactory => "LLaMA-Factory",
            Self::Unsloth => "Unsloth",
            Self::MlxLm => "mlx-lm",
        }
    }

    /// Where its configuration stands. No script has the name of a package: Python would take it
    /// for that.
    pub fn path(self) -> &'static str {
        match self {
            Self::Axolotl => "configs/axolotl.yml",
            Self::Trl => "configs/with_trl.py",
            Self::LlamaFactory => "configs/llamafactory.yaml",
            Self::Unsloth => "configs/with_unsloth.py",
            Self::MlxLm => "configs/mlx-lm.yaml",
        }
    }

    /// What starts it, in the folder of the bundle.
    pub fn command(self) -> &'static str {
        match self {
            Self::Axolotl => "axolotl train configs/axolotl.yml",
            Self::Trl => "python configs/with_trl.py",
            Self::LlamaFactory => "llamafactory-cli train configs/llamafactory.yaml",
            Self::Unsloth => "python configs/with_unsloth.py",
            Self::MlxLm => "mlx_lm.lora --config configs/mlx-lm.yaml",
        }
    }

    /// Whether it can be set up so that it trains with the whole of every conversation.
    fn reads(self, shape: Shape, format: ExportFormat) -> bool {
        match self {
            // Its alpaca passes over the history, and its prompts with answers are plain texts.
            Self::Axolotl => matches!(shape, Shape::Messages | Shape::Sharegpt),
            // A script can read everything.
            Self::Trl | Self::Unsloth => true,
            // It has no prompts that are lists of messages.
            Self::LlamaFactory => shape != Shape::PromptCompletion,
            // Lines only, and its prompts with answers are plain texts.
            Self::MlxLm => shape == Shape::Messages && format == ExportFormat::Jsonl,
        }
    }
}

/// How an example is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    Messages,
    Sharegpt,
    Alpaca,
    PromptCompletion,
}

impl Bundle<'_> {
    /// `None`: no trainer reads it.
    pub fn shape(&self) -> Option<Shape> {
        match (self.options().format, self.options().kind) {
            (ExportFormat::Csv | ExportFormat::Markdown, _) => None,
            (ExportFormat::Json, _) | (_, JsonlKind::Openai) => Some(Shape::Messages),
            (_, JsonlKind::Sharegpt) => Some(Shape::Sharegpt),
            (_, JsonlKind::Alpaca) => Some(Shape::Alpaca),
            (_, JsonlKind::PromptCompletion) => Some(Shape::PromptCompletion),
        }
    }

    /// Those that its files are set up for.
    pub fn trainers(&self) -> Vec<Trainer> {
        let Some(shape) = self.shape() else { return Vec::new() };
        let format = self.options().format;
        Trainer::ALL.into_iter().filter(|trainer| trainer.reads(shape, format)).collect()
    }
}
