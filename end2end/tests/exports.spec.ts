// Exports: what the dialog says is what the file has, what is left out is told, and the log keeps the files for a day.
import type { Download, Locator, Page } from "@playwright/test";
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { gunzipSync } from "node:zlib";
import { serverUrl } from "./support/accounts";
import { Api } from "./support/api";
import { store } from "./support/conversations";
import { expect, expectAt, test, visit } from "./support/fixtures";
import { runSql } from "./support/notifications";
import { choice, switchOf } from "./support/settings";

function dialogOf(page: Page): Locator {
  return page.getByRole("dialog", { name: "Export conversations" });
}

/** Presses Export in the dialog, which has the browser fetch the file. */
async function exported(page: Page): Promise<Download> {
  const downloading = page.waitForEvent("download");
  await dialogOf(page).getByRole("button", { name: "Export", exact: true }).click();
  return downloading;
}

async function content(download: Download): Promise<Buffer> {
  return readFile(await download.path());
}

/** The line of a file in the log. */
function lineOf(page: Page, name: string): Locator {
  return page.getByRole("main").getByRole("listitem").filter({ hasText: name });
}

test("a selection becomes a file of messages, and the log has it with its checksum", async ({ page, account }) => {
  store(account.id, [{ title: "One" }, { title: "Two" }, { title: "Three" }, { title: "Broken", failures: [{ rule: "not_alternating", turn: 2 }] }]);
  await visit(page, "/conversations");
  for (const title of ["One", "Two", "Broken"]) {
    await page.getByRole("checkbox", { name: `Select “${title}”` }).check();
  }
  await page.getByRole("region", { name: "Selected conversations" }).getByRole("button", { name: "Export…" }).click();
  const dialog = dialogOf(page);
  await expect(dialog).toContainText("3 selected conversations");
  await expect(dialog).toContainText("2 of 3 conversations.");
  await expect(dialog).toContainText("1 is not taken by trainers.");
  await expect(dialog.getByRole("radiogroup", { name: "Kind of JSONL" })).toBeHidden();
  await choice(page, "Format", "JSONL").click();
  await expect(dialog.getByRole("radio", { name: /^OpenAI messages/ })).toBeChecked();
  await switchOf(page, "Metadata").click();
  await expect(switchOf(page, "Timestamps")).toBeDisabled();

  const download = await exported(page);
  const name = download.suggestedFilename();
  expect(name).toMatch(/^train-.+\.jsonl$/);
  await expect(dialog).toContainText("Done: 2 conversations");
  await expect(dialog.getByRole("link", { name: "Download again" })).toBeFocused();
  const file = await content(download);
  const lines = file.toString("utf8").trimEnd().split("\n").map((line) => JSON.parse(line) as { messages: { role: string }[] });
  expect(lines).toHaveLength(2);
  for (const line of lines) {
    expect(Object.keys(line), "no metadata").toEqual(["messages"]);
    expect(line.messages.map(({ role }) => role)).toEqual(["user", "assistant", "user", "assistant"]);
  }
  await dialog.getByRole("link", { name: "Exports" }).click();
  await expectAt(page, "/datasets/exports");
  const line = lineOf(page, name);
  await expect(line).toContainText("Selected conversations · 2 conversations");
  await line.getByText("Details").click();
  await expect(line.getByText("1 is not taken by trainers.")).toBeVisible();
  await expect(line.locator("code")).toHaveText(createHash("sha256").update(file).digest("hex"));
  const again = page.waitForEvent("download");
  await line.getByRole("link", { name: `Download ${name}` }).click();
  expect(await content(await again)).toEqual(file);
});

test("why there is nothing to export is said, and what is left out can be included", async ({ page, account }) => {
  store(account.id, [{ title: "Put away", status: "archived" }, { title: "Here" }]);
  await visit(page, "/conversations?status=archived");
  await expect(page.getByRole("rowheader")).toHaveCount(1);
  await page.getByRole("button", { name: "Export…" }).click();
  const dialog = dialogOf(page);
  const press = dialog.getByRole("button", { name: "Export", exact: true });
  await expect(dialog).toContainText("Nothing to export.");
  await expect(dialog).toContainText("1 is archived.");
  await expect(press).toBeDisabled();
  await dialog.getByRole("checkbox", { name: "Archived (1)" }).check();
  await expect(dialog.getByRole("status")).toHaveText("1 conversation.");
  await expect(press).toBeEnabled();
  await choice(page, "Longest, in tokens", "Other").click();
  await dialog.getByRole("spinbutton", { name: "Number of tokens" }).fill("12");
  await press.click();
  await expect(dialog.getByRole("spinbutton", { name: "Number of tokens" }), "it leads to what is wrong").toBeFocused();
  await expect(dialog.getByRole("spinbutton", { name: "Number of tokens" })).toHaveAttribute("aria-invalid", "true");
  await choice(page, "Longest, in tokens", "Any").click();
  await choice(page, "Format", "JSON").click();
  const download = await exported(page);
  const all: unknown = JSON.parse((await content(download)).toString("utf8"));
  expect(JSON.stringify(all)).toContain("charged twice");
  await expect(dialog).toContainText("Done: 1 conversation,");
});

test("Ctrl+E and Enter export all that match, packed from the threshold on", async ({ page, account, stored }) => {
  await stored.patch({ exportPreferences: { defaultFormat: "csv", autoCompressionThreshold: 2 } });
  store(account.id, [{ title: "Good", score: 9 }, { title: "Better", score: 9.5 }, { title: "Weak", score: 5 }]);
  await visit(page, "/conversations?scoreMin=8");
  await expect(page.getByRole("rowheader")).toHaveCount(2);
  await page.getByRole("main").focus();
  await page.keyboard.press("Control+E");
  const dialog = dialogOf(page);
  await expect(dialog).toContainText("All 2 conversations that match");
  await expect(dialog).toContainText("Score from: 8");
  await expect(choice(page, "Format", "CSV")).toBeChecked();
  await expect(switchOf(page, "Compress with gzip")).toBeChecked();
  const downloading = page.waitForEvent("download");
  await expect(dialog.getByRole("button", { name: "Export", exact: true })).toBeFocused();
  await page.keyboard.press("Enter");
  const download = await downloading;
  expect(download.suggestedFilename()).toMatch(/\.csv\.gz$/);
  const text = gunzipSync(await content(download)).toString("utf8");
  expect(text.startsWith("\uFEFF")).toBe(true);
  expect(text.split("\r\n").filter((line) => line !== "")).toHaveLength(1 + 2 * 4);
  await page.keyboard.press("Escape");
  await expect(dialog).toBeHidden();
});

test("a file goes after a day, and is made again as it was", async ({ page, account }) => {
  store(account.id, [{ title: "One" }, { title: "Two" }]);
  await visit(page, "/datasets/exports");
  await expect(page.getByText("No exports yet")).toBeVisible();
  await page.getByRole("button", { name: "Export all…" }).click();
  const dialog = dialogOf(page);
  await expect(dialog).toContainText("All 2 conversations");
  await choice(page, "Format", "Markdown").click();
  const name = (await exported(page)).suggestedFilename();
  await expect(dialog).toContainText("Done: 2 conversations");
  await dialog.getByRole("button", { name: "Close" }).last().click();
  await expect(lineOf(page, name), "the list behind it has it").toContainText("Done");

  runSql(`UPDATE public.exports SET state = 'expired' WHERE created_by = '${account.id}'`);
  await visit(page, "/datasets/exports");
  const line = lineOf(page, name);
  await expect(line).toContainText("The last ten of your files are kept, for 24 hours.");
  await expect(line.getByRole("link", { name: /^Download/ })).toHaveCount(0);
  await line.getByRole("button", { name: /^Export again…/ }).click();
  await expect(choice(page, "Format", "Markdown")).toBeChecked();
  await expect(dialog).toContainText("All 2 conversations");
  await exported(page);
  await expect(dialog).toContainText("Done: 2 conversations");
});

test("a list that is open in another window shows what is begun here, with the way to its data set", async ({ page, account }) => {
  store(account.id, Array.from({ length: 10 }, (_, index) => ({ title: `Talk ${index}` })));
  const api = new Api(page.request, serverUrl());
  const { dataSet } = await api.post("/api/data-sets", { body: { name: "Support answers" } });
  await api.post("/api/data-sets/{id}/versions", { path: { id: dataSet.id }, body: { query: "", rules: {} } });
  const log = await page.context().newPage();
  await visit(log, "/datasets/exports");
  await expect(log.getByText("No exports yet")).toBeVisible();

  await visit(page, `/datasets/${dataSet.id}`);
  await page.getByRole("button", { name: "Export…" }).click();
  const name = (await exported(page)).suggestedFilename();
  const line = lineOf(log, name);
  await expect(line).toContainText("Done");
  await line.getByText("Details").click();
  await line.getByRole("link", { name: "Support answers, version 1" }).click();
  await expect(log.getByRole("region", { name: "Version 1" })).toBeVisible();
});
