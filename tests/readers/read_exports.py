"""Reads exported files back and compares them with expected.json; scripts/read-exports runs it.

expected.json: {"conversations": [{"id", "trainable", "turns": [[role, text as it is stored]], "metadata": {some of it}}],
"files": [{"path", "format", "kind", "metadata", "conversations": [their places, in the order of the file]}], "bundles": [path]}
"""
import csv
import hashlib
import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import datasets
import pandas
import yaml
from markdown_it import MarkdownIt

csv.field_size_limit(1 << 30)
datasets.disable_progress_bars()
HERE = Path(sys.argv[1])
# Types are guessed from few rows, as they are in a large file.
BLOCK = 16 << 10
# How LibreOffice takes the file: commas, quotation marks, UTF-8, numbers and formulas recognised; and how it writes one.
OPENED = "Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1,true"
SAVED = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,true,true,false"
# No cell of a spreadsheet holds more.
CELL = 32_767
NUMBERS = {"version", "tokens", "turns", "cost_usd", "quality_score"}
TRUTHS = {"trainable", "demonstration"}


def check(truth, *what):
    if not truth:
        sys.exit("read-exports: " + " ".join(str(part)[:2000] for part in what))


def same(found, wanted, *what):
    if found == wanted:
        return
    if isinstance(found, (list, tuple)) and isinstance(wanted, (list, tuple)):
        check(len(found) == len(wanted), *what, "has", len(found), "instead of", len(wanted))
        for at, pair in enumerate(zip(found, wanted)):
            same(*pair, *what, at)
    check(False, *what, "is", ascii(found), "instead of", ascii(wanted))


def turns_of(row, kind):
    """What an example of a kind says, as pairs of role and text."""
    if kind == "openai":
        return [(turn["role"], turn["content"]) for turn in row["messages"]]
    if kind == "sharegpt":
        roles = {"human": "user", "gpt": "assistant"}
        return [(roles[turn["from"]], turn["value"]) for turn in row["conversations"]]
    if kind == "alpaca":
        check(row["input"] == row["system"] == "", "alpaca: input and system are not empty")
        pairs = [*row["history"], (row["instruction"], row["output"])]
        return [turn for question, answer in pairs for turn in (("user", question), ("assistant", answer))]
    check(len(row["completion"]) == 1 and row["completion"][0]["role"] == "assistant", "a completion is one answer")
    return [(turn["role"], turn["content"]) for turn in row["prompt"] + row["completion"]]


TOP = {
    "openai": ["messages"],
    "sharegpt": ["conversations"],
    "alpaca": ["instruction", "input", "output", "system", "history"],
    "prompt_completion": ["prompt", "completion"],
}


def shape(value, path=()):
    """Names in their order with types, all the way down; nothing may be null or an empty list but Alpaca's history."""
    check(value is not None, path, "is null")
    if isinstance(value, dict):
        return {name: shape(inner, (*path, name)) for name, inner in value.items()}
    if isinstance(value, list):
        check(value or path == ("history",), path, "is empty")
        return ["list"]
    return type(value).__name__


def read_json(file, raw, wanted):
    text = raw.decode("utf-8")
    check(not text.startswith("\ufeff") and "\r" not in text, file["path"], "has a byte order mark or a carriage return")
    check(text.endswith("\n") and not text.endswith("\n\n"), file["path"], "does not end with one line break")
    # Nothing but \n ends a line for whoever knows more ends of lines.
    lines = text.splitlines()
    same(lines, text.split("\n")[:-1], file["path"], "line")
    if file["format"] == "json":
        rows = json.loads(text)
        same([json.loads(line.removesuffix(",")) for line in lines[1:-1]], rows, file["path"], "element")
    else:
        rows = [json.loads(line) for line in lines]
    same([turns_of(row, file["kind"]) for row in rows], wanted, file["path"])
    shapes = [json.dumps(shape(row)) for row in rows]
    same(shapes, [shapes[0]] * len(shapes), file["path"], "shape of line")
    same(list(rows[0]), TOP[file["kind"]] + ["metadata"] * file["metadata"], file["path"], "top level")
    return rows


def read_datasets(file, rows):
    found = datasets.load_dataset("json", data_files=str(HERE / file["path"]), split="train", chunksize=BLOCK)
    same([turns_of(row, file["kind"]) for row in found], [turns_of(row, file["kind"]) for row in rows], "datasets", file["path"])
    if file["metadata"]:
        plain = lambda row: {name: str(value) for name, value in row["metadata"].items()}
        same([plain(row) for row in found], [plain(row) for row in rows], "datasets: metadata of", file["path"])


def read_pandas(file, rows):
    frame = pandas.read_json(HERE / file["path"], lines=file["format"] == "jsonl", dtype=False)
    found = frame.to_dict("records")
    same([turns_of(row, file["kind"]) for row in found], [turns_of(row, file["kind"]) for row in rows], "pandas", file["path"])


def is_guarded(text):
    begin = text.lstrip("'").lstrip(" \u00a0\ufeff\0")
    return begin.startswith(tuple("=+-@\t\r\n|%＝＋－＠"))


def unguarded(cell):
    return cell[1:] if cell.startswith("'") and is_guarded(cell[1:]) else cell


def conversations_of(rows):
    """Rows of a table as conversations, and what the first row of each says about it."""
    found = {}
    for number, row in enumerate(rows):
        own = found.setdefault(row["id"], ([], row))
        own[0].append((row["role"], unguarded(row["content"])))
        same(int(row["turn"]), len(own[0]), "row", number, "turn")
    return found


def read_csv(file, raw, wanted, ids):
    check(raw.startswith(b"\xef\xbb\xbf"), file["path"], "has no byte order mark")
    check(raw.endswith(b"\r\n"), file["path"], "does not end with a line break")
    path = HERE / file["path"]
    with open(path, newline="", encoding="utf-8-sig") as opened:
        rows = list(csv.DictReader(opened, strict=True))
    check(all(None not in row and None not in row.values() for row in rows), file["path"], "has rows of another length")
    found = conversations_of(rows)
    same(list(found), ids, "csv: ids")
    same([turns for turns, _ in found.values()], wanted, "csv")
    for row in rows:
        for name, cell in row.items():
            check(name in NUMBERS or not is_guarded(cell.removeprefix("'")) or cell.startswith("'"), "csv:", name, "would be run:", cell)

    frame = pandas.read_csv(path, dtype=str, keep_default_na=False)
    same(frame.to_dict("records"), rows, "pandas", file["path"])
    typed = pandas.read_csv(path, keep_default_na=False)
    for name in set(typed.columns) & NUMBERS:
        check(typed[name].dtype.kind in "if", "pandas:", name, "is", typed[name].dtype)
    for name in set(typed.columns) & TRUTHS:
        check(typed[name].dtype == bool, "pandas:", name, "is", typed[name].dtype)
    read_libreoffice(file, rows)
    return [{name: cell for name, cell in row.items()} for _, row in found.values()]


def read_libreoffice(file, rows):
    folder = HERE / "libreoffice"
    folder.mkdir(exist_ok=True)
    command = ["soffice", f"-env:UserInstallation=file://{folder}/profile", "--headless", f"--infilter={OPENED}",
               "--convert-to", SAVED, "--outdir", str(folder), str(HERE / file["path"])]
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=300)
    except FileNotFoundError:
        check("TRAIN_TESTS_MUST_RUN" not in os.environ, "soffice is missing: scripts/setup test installs it")
        print("LibreOffice is not installed: left out")
        return
    with open(folder / file["path"], newline="", encoding="utf-8-sig") as opened:
        found = list(csv.DictReader(opened))
    # Of a cell LibreOffice keeps what a spreadsheet can show: one kind of line breaks, and so many characters.
    seen = lambda text: "\n".join(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"))
    same(len(found), len(rows), "LibreOffice: rows")
    for number, (one, other) in enumerate(zip(found, rows)):
        for name in ("id", "role", "content"):
            if len(other[name]) < CELL and all(letter.isprintable() or letter in "\n\r\t" for letter in other[name]):
                # A text that looks like a number is one to it.
                if name == "content" and seen(one[name]) != seen(other[name]):
                    check(is_number(other[name]), "LibreOffice: row", number, ascii(one[name]), "instead of", ascii(other[name]))
                elif name != "content":
                    same(one[name], other[name], "LibreOffice: row", number, name)


def is_number(text):
    """Whether a spreadsheet takes it for a number, a truth or a date."""
    return all(letter in "0123456789.,:-/eE+ %" for letter in text) or text.lower() in ("true", "false")


def read_markdown(file, raw, wanted):
    text = raw.decode("utf-8")
    check(text.endswith("\n") and not text.endswith("\n\n"), file["path"], "does not end with one line break")
    found, about, role, is_turn = [], [], None, False
    tokens = MarkdownIt("commonmark").parse(text)
    for at, token in enumerate(tokens):
        if token.type == "heading_open":
            heading = plain(tokens[at + 1])
            if token.tag == "h1":
                found.append([])
                check(heading.startswith(f"Conversation {len(found)}"), "markdown: heading", heading)
            else:
                role, is_turn = heading.lower(), True
        elif token.type == "fence" and token.info == "json" and not is_turn:
            about.append(json.loads(token.content))
        elif token.type == "fence":
            check(is_turn, "markdown: a block without a heading")
            found[-1].append((role, token.content.removesuffix("\n")))
        elif token.type == "inline" and tokens[at - 1].type == "paragraph_open":
            found[-1].append((role, plain(token)))
        elif token.type == "hr":
            is_turn = False
        else:
            check(token.type in ("heading_close", "inline", "paragraph_open", "paragraph_close"), "markdown: has", token.type)
    same(found, wanted, "markdown")
    return about


def plain(token):
    check(all(child.type in ("text", "text_special") for child in token.children), "markdown: a line with Markdown in it", token.content)
    return "".join(child.content for child in token.children)


def check_rules(name, rows, kind):
    """What LLaMA-Factory, torchtune and mlx-lm ask for of an example, in our own words: the user and the assistant in turn, an even
    number, the assistant last, and nothing empty."""
    for number, row in enumerate(rows):
        turns = turns_of(row, kind)
        roles = [role for role, _ in turns]
        check(len(turns) >= 2 and len(turns) % 2 == 0, name, number, "has", len(turns), "turns")
        same(roles, ["user", "assistant"] * (len(turns) // 2), name, number, "roles")
        check(all(isinstance(text, str) and text and text == text.strip() for _, text in turns), name, number, "has an empty turn")


def check_bundle(folder):
    """Everything that is in a bundle: configurations that can be read, checksums, data as they are described, the card's numbers."""
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    for file in manifest["files"]:
        raw = (folder / file["path"]).read_bytes()
        same((len(raw), hashlib.sha256(raw).hexdigest()), (file["sizeBytes"], file["sha256"]), folder.name, file["path"])
    same(manifest["chosen"], manifest["written"] + sum(own["count"] for own in manifest["leftOut"]), folder.name, "chosen")
    for path in (folder / "configs").glob("*") if (folder / "configs").exists() else []:
        text = path.read_text("utf-8")
        check("MODEL" in text, path, "has no place for the model")
        if path.suffix == ".py":
            check(f"import {path.stem}" not in text and f"from {path.stem}" not in text, path, "imports itself")
            compile(text, str(path), "exec")
        else:
            settings = yaml.safe_load(text)
            sets = settings.get("datasets", []) if path.stem == "axolotl" else []
            for entry in sets + settings.get("test_datasets", []):
                check((folder / entry["path"]).exists(), path, "names", entry["path"])
                check(entry["type"] == "chat_template", path, "has another type")
    info = folder / "dataset_info.json"
    if info.exists():
        for name, about in json.loads(info.read_text("utf-8")).items():
            rows = datasets.load_dataset("json", data_files=str(folder / about["file_name"]), split="train", chunksize=BLOCK)
            check_as_described(f"{folder.name}: {name}", rows, about)
        settings = yaml.safe_load((folder / "configs/llamafactory.yaml").read_text("utf-8"))
        names = {settings["dataset"], settings.get("eval_dataset", settings["dataset"])}
        check(names <= set(json.loads(info.read_text("utf-8"))), folder, "names other data")
    if (folder / "card.json").exists():
        check_card(folder, manifest)


def check_as_described(name, rows, about):
    columns = about["columns"]
    for row in rows:
        if about["formatting"] == "alpaca":
            check(all(isinstance(row[columns[own]], str) for own in ("prompt", "query", "response", "system")), name, "texts")
            check(all(len(pair) == 2 for pair in row[columns["history"]]), name, "history")
        else:
            tags = about["tags"]
            roles = [turn[tags["role_tag"]] for turn in row[columns["messages"]]]
            same(roles, [tags["user_tag"], tags["assistant_tag"]] * (len(roles) // 2), name, "roles")
            check(all(turn[tags["content_tag"]] for turn in row[columns["messages"]]), name, "an empty turn")


def check_card(folder, manifest):
    """Counts the card again from the files."""
    card = json.loads((folder / "card.json").read_text("utf-8"))["card"]
    rows = []
    for file in manifest["files"]:
        lines = (folder / file["path"]).read_text("utf-8").splitlines()
        same(len(lines), file["conversations"], folder.name, file["path"])
        same(card["sizes"][file["split"]], len(lines), folder.name, "size of", file["split"])
        for line in lines:
            about = json.loads(line)["metadata"]
            same(about["split"], file["split"], folder.name, "split")
            rows.append(about)
    count = lambda name: [{"value": value, "count": own} for value, own in
                          sorted(Counter(row[name] for row in rows).items(), key=lambda pair: (-pair[1], pair[0]))][:50]
    for listed, name in [("models", "model"), ("prompts", "prompt_sha256"), ("tiers", "tier"), ("personas", "persona"),
                         ("emotions", "emotion"), ("topics", "topic"), ("origins", "origin"), ("licenses", "license")]:
        same(card[listed], count(name), folder.name, "card:", listed)
    found = Counter(kind for row in rows for kind in row["findings"].split(", ") if kind)
    same({own["value"]: own["count"] for own in card["findings"]}, dict(found), folder.name, "card: findings")
    same(card["turns"], sum(row["turns"] for row in rows), folder.name, "card: turns")
    same(card["tokens"], sum(row["tokens"] for row in rows), folder.name, "card: tokens")
    same(card["cost"], sum(round(row["cost_usd"] * 1e9) for row in rows), folder.name, "card: cost")
    groups = [row["duplicate_group"] for row in rows if row["duplicate_group"]]
    same((card["duplicateGroups"], card["duplicates"]), (len(set(groups)), len(groups)), folder.name, "card: duplicates")
    scores = [row["quality_score"] for row in rows]
    same(card["unscored"], sum(score < 0 for score in scores), folder.name, "card: unscored")
    same(card["scores"], [sum(min(int(score), 9) == at for score in scores if score >= 0) for at in range(10)], folder.name, "card: scores")


def main():
    expected = json.loads((HERE / "expected.json").read_text("utf-8"))
    everything = expected["conversations"]
    for file in expected["files"]:
        raw = (HERE / file["path"]).read_bytes()
        talks = [everything[place] for place in file["conversations"]]
        # Stored texts; what chat templates make of them is what has to be in the file.
        wanted = [[(role, text.strip()) for role, text in talk["turns"]] for talk in talks]
        if file["format"] in ("json", "jsonl"):
            rows = read_json(file, raw, wanted)
            read_datasets(file, rows)
            read_pandas(file, rows)
            check_rules(file["path"], [row for row, talk in zip(rows, talks) if talk["trainable"]], file["kind"])
            about = [row["metadata"] for row in rows] if file["metadata"] else None
        elif file["format"] == "csv":
            about = read_csv(file, raw, wanted, [talk["id"] for talk in talks])
        else:
            about = read_markdown(file, raw, wanted)
        if file["metadata"]:
            for own, talk in zip(about, talks, strict=True):
                for name, value in talk["metadata"].items():
                    found = own[name]
                    if file["format"] == "csv" and isinstance(value, bool):
                        value = str(value).lower()
                    elif file["format"] == "csv" and not isinstance(value, str):
                        found = type(value)(found)
                    elif file["format"] == "csv":
                        found = unguarded(found)
                    same((type(found), found), (type(value), value), file["path"], talk["id"], name)
        print(f"{file['path']}: {len(talks)} conversations")
    for path in expected["bundles"]:
        check_bundle(HERE / path)
        print(f"{path}: as it says")


main()
