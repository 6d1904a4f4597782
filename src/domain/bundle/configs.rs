//! Configurations of trainers that fit the files: a LoRA adapter with modest values to begin with.
//! Only the model is missing.

use super::{
    Bundle,
    manifest::pretty,
    trainers::{Shape, Trainer},
};
use crate::domain::exports::Split;
use serde_json::{Map, Value, json};

pub fn text(trainer: Trainer, bundle: &Bundle<'_>) -> String {
    match trainer {
        Trainer::Axolotl => axolotl(bundle),
        Trainer::Trl => trl(bundle),
        Trainer::LlamaFactory => llama_factory(bundle),
        Trainer::Unsloth => unsloth(bundle),
        Trainer::MlxLm => mlx_lm(bundle),
    }
}

/// What LLaMA-Factory knows data by: each file with its shape.
pub fn dataset_info(bundle: &Bundle<'_>) -> String {
    let mut files = Map::new();
    for split in Split::ALL {
        let Some(path) = bundle.path_of(split) else { continue };
        let about = match bundle.shape() {
            Some(Shape::Alpaca) => json!({
                "file_name": path,
                "formatting": "alpaca",
                "columns": {
                    "prompt": "instruction",
                    "query": "input",
                    "response": "output",
                    "system": "system",
                    "history": "history",
                },
            }),
            Some(Shape::Sharegpt) => json!({
                "file_name": path,
                "formatting": "sharegpt",
                "columns": {"messages": "conversations"},
                "tags": {
                    "role_tag": "from",
                    "content_tag": "value",
                    "user_tag": "human",
                    "assistant_tag": "gpt",
                },
            }),
            _ => json!({
                "file_name": path,
                "formatting": "sharegpt",
                "columns": {"messages": "messages"},
                "tags": {
                    "role_tag": "role",
                    "content_tag": "content",
                    "user_tag": "user",
                    "assistant_tag": "assistant",
                },
            }),
        };
        files.insert(name(split).to_owned(), about);
    }
    pretty(&Value::Object(files))
}

/// What the file of a part is called in configurations.
fn name(split: Split) -> &'static str {
    match split {
        Split::Train => "train",
        Split::Validation => "valid",
        Split::Test => "test",
    }
}

fn axolotl(bundle: &Bundle<'_>) -> String {
    let shape = match bundle.shape() {
        Some(Shape::Sharegpt) => {
            "    field_messages: conversations\n    message_property_mappings:\n      \
                role: from\n      \
                content: value\n    roles:\n      user: [human]\n      assistant: [gpt]\n"
        }
        _ => "    field_messages: messages\n",
    };
    let entry = |path: &str| {
        format!(
            "  - path: {path}\n    ds_type: json\n    split: train\n    \
                type: chat_template\n{shape}    \
                roles_to_train: [assistant]\n"
        )
    };
    let train = entry(bundle.path_of(Split::Train).unwrap_or_default());
    let valid = bundle.path_of(Split::Validation).map_or_else(
        || "# How much of it is held back to look at while training.\nval_set_size: 0.05\n".into(),
        |path| format!("test_datasets:\n{}", entry(path)),
    );
    let length = bundle.length();
    format!(
        "# axolotl train configs/axolotl.yml, in the folder of the bundle.\n\
            # Put the model here: a name at the Hugging Face Hub, or a folder.\n\
            base_model: MODEL\n\
            chat_template: tokenizer_default\n\n\
            datasets:\n{train}{valid}\n\
            adapter: lora\nlora_r: 16\nlora_alpha: 32\nlora_dropout: 0.05\n\
            lora_target_linear: true\n\n\
            # In tokens of the model; longer examples are dropped.\n\
            sequence_len: {length}\n\
            micro_batch_size: 1\ngradient_accumulation_steps: 8\nnum_epochs: 2\n\
            learning_rate: 0.0001\nlr_scheduler: cosine\nwarmup_ratio: 0.05\n\
            optimizer: adamw_torch\nbf16: auto\ngradient_checkpointing: true\n\
            output_dir: out\n"
    )
}

fn llama_factory(bundle: &Bundle<'_>) -> String {
    let valid = if bundle.path_of(Split::Validation).is_some() {
        "eval_dataset: valid\n"
    } else {
        "# How much of it is held back to look at while training.\nval_size: 0.05\n"
    };
    let length = bundle.length();
    format!(
        "# llamafactory-cli train configs/llamafactory.yaml, in the folder of the bundle:\n\
            # dataset_info.json is looked for in dataset_dir.\n\
            # Put the model here: a name at the Hugging Face Hub, or a folder.\n\
            model_name_or_path: MODEL\n\
            # The one of the model's family, as LLaMA-Factory calls it.\n\
            template: TEMPLATE\n\n\
            stage: sft\ndo_train: true\nfinetuning_type: lora\n\
            lora_rank: 16\nlora_alpha: 32\nlora_target: all\n\n\
            dataset_dir: .\ndataset: train\n{valid}\
            # In tokens of the model; longer examples are cut.\n\
            cutoff_len: {length}\n\n\
            per_device_train_batch_size: 1\nper_device_eval_batch_size: 1\n\
            gradient_accumulation_steps: 8\nnum_train_epochs: 2.0\n\
            learning_rate: 0.0001\nlr_scheduler_type: cosine\nwarmup_ratio: 0.05\n\
            bf16: true\nlogging_steps: 10\neval_strategy: epoch\nsave_strategy: epoch\n\
            output_dir: out\n"
    )
}

fn mlx_lm(bundle: &Bundle<'_>) -> String {
    let valid = if bundle.path_of(Split::Validation).is_some() {
        "# Has train.jsonl and valid.jsonl.\n".to_owned()
    } else {
        let some = (bundle.count() / 20).max(1);
        let rest = bundle.count() - some;
        format!(
            "# mlx-lm does not train without valid.jsonl. These commands take the last {some} of \
                the \
                examples:\n\
                #   tail -n {some} data/train.jsonl > data/valid.jsonl\n\
                #   head -n {rest} data/train.jsonl > data/rest && mv data/rest data/train.jsonl\n"
        )
    };
    let test = bundle.path_of(Split::Test).is_some();
    let length = bundle.length();
    format!(
        "# mlx_lm.lora --config configs/mlx-lm.yaml, in the folder of the bundle.\n\
            # Put the model here: a name at the Hugging Face Hub, or a folder.\n\
            model: MODEL\n\n\
            train: true\n{valid}data: data\ntest: {test}\n\n\
            fine_tune_type: lora\nnum_layers: 16\n\
            lora_parameters:\n  rank: 8\n  scale: 20.0\n  dropout: 0.0\n\n\
            # In tokens of the model; longer examples are cut.\n\
            max_seq_length: {length}\n\
            batch_size: 1\n\
            # One for each batch.\n\
            iters: {iters}\n\
            learning_rate: 0.0001\nadapter_path: adapters\n",
        iters = bundle.file_of(Split::Train).map_or(1, |file| file.count.max(1)),
    )
}

fn trl(bundle: &Bundle<'_>) -> String {
    let (evaluates, eval) = evaluation(bundle);
    let columns = match bundle.shape() {
        Some(Shape::PromptCompletion) => "# The loss is that of the completion alone.\n\
                data = data.select_columns([\"prompt\", \"completion\"])\n"
            .to_owned(),
        _ => messages(bundle),
    };
    format!(
        "\"\"\"Trains an adapter with TRL, in the folder of the bundle: python configs/with_trl.py\
            \"\"\"\n\n\
            from datasets import DatasetDict, load_dataset\n\
            from peft import LoraConfig\n\
            from trl import SFTConfig, SFTTrainer\n\n\
            # Put the model here: a name at the Hugging Face Hub, or a folder.\n\
            MODEL = \"MODEL\"\n\n{files}{columns}\n\
            trainer = SFTTrainer(\n    \
            model=MODEL,\n    \
            train_dataset=data[\"train\"],\n{eval}    \
            peft_config=LoraConfig(\n        \
            task_type=\"CAUSAL_LM\", r=16, lora_alpha=32, lora_dropout=0.05, \
            target_modules=\"all-linear\"\n    ),\n    \
            args=SFTConfig(\n        \
            output_dir=\"out\",\n        \
            # In tokens of the model; longer examples are cut.\n        \
            max_length={length},\n        \
            per_device_train_batch_size=1,\n        \
            gradient_accumulation_steps=8,\n        \
            num_train_epochs=2,\n        \
            learning_rate=1e-4,\n        \
            lr_scheduler_type=\"cosine\",\n{evaluates}    \
            ),\n)\ntrainer.train()\ntrainer.save_model()\n",
        files = data_files(bundle),
        length = bundle.length(),
    )
}

fn unsloth(bundle: &Bundle<'_>) -> String {
    let (evaluates, eval) = evaluation(bundle);
    let columns = match bundle.shape() {
        Some(Shape::PromptCompletion) => "\n\ndef messages(row):\n    \
                return {\"messages\": row[\"prompt\"] + row[\"completion\"]}\n\n\n\
                data = data.map(messages, remove_columns=data[\"train\"].column_names)\n"
            .to_owned(),
        _ => messages(bundle),
    };
    format!(
        "\"\"\"Trains an adapter with Unsloth, in the folder of the bundle: python \
            configs/with_unsloth.py\"\"\"\n\n\
            # Before the others, which it changes.\n\
            from unsloth import FastLanguageModel\n\n\
            from datasets import DatasetDict, load_dataset\n\
            from trl import SFTConfig, SFTTrainer\n\n\
            # Put the model here: a name at the Hugging Face Hub, or a folder. It has to have a \
            chat template.\n\
            MODEL = \"MODEL\"\n\
            # In tokens of the model; longer examples are cut.\n\
            LENGTH = {length}\n\n\
            model, tokenizer = FastLanguageModel.from_pretrained(\n    \
            MODEL, max_seq_length=LENGTH, load_in_4bit=True\n)\n\
            model = FastLanguageModel.get_peft_model(model, r=16, lora_alpha=16)\n\n\
            {files}{columns}\n\n\
            def text(row):\n    \
            said = tokenizer.apply_chat_template(row[\"messages\"], tokenize=False)\n    \
            return {{\"text\": said}}\n\n\n\
            data = data.map(text, remove_columns=[\"messages\"])\n\
            trainer = SFTTrainer(\n    \
            model=model,\n    \
            processing_class=tokenizer,\n    \
            train_dataset=data[\"train\"],\n{eval}    \
            args=SFTConfig(\n        \
            output_dir=\"out\",\n        \
            dataset_text_field=\"text\",\n        \
            max_length=LENGTH,\n        \
            per_device_train_batch_size=2,\n        \
            gradient_accumulation_steps=4,\n        \
            num_train_epochs=2,\n        \
            learning_rate=1e-4,\n        \
            lr_scheduler_type=\"cosine\",\n{evaluates}    \
            ),\n)\ntrainer.train()\n\
            model.save_pretrained(\"out\")\ntokenizer.save_pretrained(\"out\")\n",
        files = data_files(bundle),
        length = bundle.length(),
    )
}

/// Lines of a script that say what it looks at while training.
fn evaluation(bundle: &Bundle<'_>) -> (&'static str, &'static str) {
    if bundle.path_of(Split::Validation).is_some() {
        ("        eval_strategy=\"epoch\",\n", "    eval_dataset=data[\"valid\"],\n")
    } else {
        ("", "")
    }
}

/// Lines of a script that read what is trained with. Each file by itself: together the types of the
/// first hold for all, and Alpaca's history may be empty in one and not in another.
fn data_files(bundle: &Bundle<'_>) -> String {
    let parts = [Split::Train, Split::Validation];
    let files = parts.into_iter().filter_map(|split| Some((name(split), bundle.path_of(split)?)));
    let file = |(name, path)| {
        format!("    \"{name}\": load_dataset(\"json\", data_files=\"{path}\", split=\"train\"),\n")
    };
    let files: String = files.map(file).collect();
    format!("data = DatasetDict({{\n{files}}})\n")
}

/// Lines of a script that make messages of every example.
fn messages(bundle: &Bundle<'_>) -> String {
    let body = match bundle.shape() {
        Some(Shape::Sharegpt) => {
            "    roles = {\"human\": \"user\", \"gpt\": \"assistant\"}\n    \
                turns = row[\"conversations\"]\n    \
                said = [{\"role\": roles[turn[\"from\"]], \"content\": turn[\"value\"]} \
                for turn in turns]\n"
        }
        Some(Shape::Alpaca) => {
            "    pairs = [*row[\"history\"], [row[\"instruction\"], row[\"output\"]]]\n    \
                said = []\n    \
                for question, answer in pairs:\n        \
                said.append({\"role\": \"user\", \"content\": question})\n        \
                said.append({\"role\": \"assistant\", \"content\": answer})\n"
        }
        _ => return "data = data.select_columns([\"messages\"])\n".to_owned(),
    };
    format!(
        "\n\ndef messages(row):\n{body}    return {{\"messages\": said}}\n\n\n\
            data = data.map(messages, remove_columns=data[\"train\"].column_names)\n"
    )
}
