// Imports and data sets: a file is checked before anything is made of it, and a version keeps its parts.
import { store } from "./support/conversations";
import { expect, expectAt, test, visit } from "./support/fixtures";

const answered = (text: string): string =>
  JSON.stringify({ messages: [{ role: "user", content: `How is ${text}?` }, { role: "assistant", content: `This is how ${text} is.` }] });

test("a file is sent, checked line by line, and imported when it is wanted", async ({ page, account }) => {
  void account;
  await visit(page, "/datasets/imports");
  await page.getByRole("button", { name: "Send and check" }).click();
  await expect(page.getByText("Choose a file first.")).toBeVisible();
  const text = [answered("one"), "{broken", answered("two"), answered("one")].join("\n");
  await page.getByLabel("File", { exact: true }).setInputFiles({ name: "talks.jsonl", mimeType: "application/jsonl", buffer: Buffer.from(text) });
  await page.getByRole("textbox", { name: "Origin" }).fill("The help desk");
  await page.getByRole("textbox", { name: "License" }).fill("CC0-1.0");
  await page.getByRole("button", { name: "Send and check" }).click();
  const line = page.getByRole("listitem").filter({ hasText: "talks.jsonl" });
  await expect(line).toContainText("3 of 4 conversations can be imported.");
  await expect(line).toContainText("1 are word for word here already, or twice in the file.");
  await line.getByRole("button", { name: /^Show 1 problem/ }).click();
  await expect(line).toContainText("Line 2:");
  await line.getByRole("button", { name: "Import 2 conversations" }).click();
  await expect(line).toContainText("2 conversations were imported.");
  await line.getByRole("link", { name: "Show the newest" }).click();
  await page.getByRole("link", { name: /How is two/ }).click();
  await expect(page.getByRole("main")).toContainText("The help desk");
  await expect(page.getByRole("main")).toContainText("CC0-1.0");
});

test("a data set gets a version with parts, and its card", async ({ page, account }) => {
  store(account.id, Array.from({ length: 10 }, (_, index) => ({ title: `Talk ${index}` })));
  await visit(page, "/datasets");
  await page.getByRole("button", { name: "New data set…" }).click();
  await page.getByRole("textbox", { name: "Name" }).fill("Support answers");
  await page.getByRole("button", { name: "Create" }).click();
  await expect(page.getByRole("heading", { name: "Support answers" })).toBeVisible();
  await page.getByRole("button", { name: "Make version 1…" }).click();
  const dialog = page.getByRole("dialog", { name: "New version" });
  await dialog.getByRole("combobox", { name: "Conversations" }).selectOption({ label: "All" });
  await dialog.getByRole("button", { name: "Make version" }).click();
  await expect(dialog).toBeHidden();
  await expect(page.getByRole("main")).toContainText(/\d+ train · \d+ validation · \d+ test/);
  await visit(page, "/datasets");
  await expectAt(page, "/datasets");
  await expect(page.getByRole("listitem").filter({ hasText: "Support answers" })).toContainText("Version 1");
});
