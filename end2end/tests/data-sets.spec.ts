// Imports and data sets: a file is checked before anything is made of it, and a version keeps its parts.
import type { Page } from "@playwright/test";
import { serverUrl } from "./support/accounts";
import { Api } from "./support/api";
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
  await page.getByRole("textbox", { name: "Licence" }).fill("CC0-1.0");
  await page.getByRole("button", { name: "Send and check" }).click();
  const line = page.getByRole("listitem").filter({ hasText: "talks.jsonl" });
  await expect(line).toContainText("3 of 4 conversations can be imported.");
  await expect(line).toContainText("1 is word for word here already, or twice in the file.");
  await line.getByRole("button", { name: /^Show 1 problem/ }).click();
  await expect(line).toContainText("Line 2:");
  await line.getByRole("button", { name: "Import 2 conversations" }).click();
  await expect(line).toContainText("2 conversations were imported.");
  await line.getByRole("link", { name: "Show the newest" }).click();
  await page.getByRole("link", { name: /How is two/ }).click();
  await expect(page.getByRole("main")).toContainText("The help desk");
  await expect(page.getByRole("main")).toContainText("CC0-1.0");
});

/** Drops a file onto a part of the page. */
async function drop(page: Page, onto: string, name: string, text: string): Promise<void> {
  const files = await page.evaluateHandle(
    ([name, text]) => {
      const data = new DataTransfer();
      data.items.add(new File([text], name));
      return data;
    },
    [name, text] as const,
  );
  await page.locator(onto).dispatchEvent("drop", { dataTransfer: files });
}

test("a file is dropped onto the form, and what was sent is dropped after a question", async ({ page, account }) => {
  void account;
  await visit(page, "/datasets/imports");
  const field = page.getByLabel("File", { exact: true });
  const send = page.getByRole("button", { name: "Send and check" });
  const chosen = () => field.evaluate((input: HTMLInputElement) => [...(input.files ?? [])].map((file) => file.name));
  await drop(page, "#new-import", "kept.jsonl", answered("one"));
  expect(await chosen()).toEqual(["kept.jsonl"]);
  await send.click();
  const kept = page.getByRole("listitem").filter({ hasText: "kept.jsonl" });
  await kept.getByRole("button", { name: "Import 1 conversation" }).click();
  await expect(kept).toContainText("1 conversation was imported.");

  await drop(page, "#import-file", "dropped.jsonl", answered("two"));
  await send.click();
  const dropped = page.getByRole("listitem").filter({ hasText: "dropped.jsonl" });
  const ask = dropped.getByRole("button", { name: "Drop… dropped.jsonl" });
  await ask.click();
  const question = page.getByRole("dialog", { name: "Drop dropped.jsonl?" });
  await question.getByRole("button", { name: "Cancel" }).click();
  await expect(ask).toBeFocused();
  await ask.click();
  await question.getByRole("button", { name: "Drop dropped.jsonl" }).click();
  await expect(dropped).toContainText("Dropped");

  await kept.getByRole("link", { name: "Show the newest" }).click();
  await page.getByRole("link", { name: /How is one/ }).click();
  await expect(page.getByRole("main")).toContainText("Imported, nobody said from where");
});

test("a data set gets a version with parts, and its card", async ({ page, account }) => {
  store(account.id, Array.from({ length: 10 }, (_, index) => ({ title: `Talk ${index}` })));
  await visit(page, "/datasets");
  await page.getByRole("button", { name: "New data set…" }).click();
  await page.getByRole("textbox", { name: "Name" }).fill("Support answers");
  await page.getByRole("button", { name: "Create" }).click();
  await expect(page.getByRole("heading", { name: "Support answers" })).toBeVisible();
  const api = new Api(page.request, serverUrl());
  for (const name of ["Everything", "All of it"]) {
    await api.post("/api/conversation-views", { body: { name, query: "", isShared: false } });
  }
  await page.getByRole("button", { name: "Make version 1…" }).click();
  const dialog = page.getByRole("dialog", { name: "New version" });
  const from = dialog.getByRole("combobox", { name: "Conversations" });
  await from.selectOption({ label: "All of it" });
  expect(await from.evaluate((select: HTMLSelectElement) => select.selectedOptions[0]?.textContent), "not another that finds the same").toBe("All of it");

  const make = dialog.getByRole("button", { name: "Make version" });
  const validation = dialog.getByRole("spinbutton", { name: "Validation" });
  await validation.fill("300");
  await make.click();
  await expect(validation).toHaveAccessibleDescription("Enter a whole number from 0 to 100.");
  await validation.fill("30");
  await make.click();
  await expect(validation, "it leads to what was changed last").toBeFocused();
  await expect(validation).toHaveAccessibleDescription("The parts add up to 125 %, not to 100 %.");
  await dialog.getByRole("spinbutton", { name: "Train" }).fill("65");
  const read: string[] = [];
  page.on("request", (request) => read.push(new URL(request.url()).pathname));
  await make.click();
  await expect(dialog).toBeHidden();
  await expect(page).toHaveURL(/\?version=/);
  await expect(page.getByRole("link", { name: "Version 1" })).toBeFocused();
  await expect(page.getByRole("region", { name: "Version 1" })).toContainText("65 % train, 30 % validation, 5 % test");
  await expect(page.getByRole("main")).toContainText(/\d+ train · \d+ validation · \d+ test/);
  expect(read.filter((path) => path.includes("/fn/data-set")), "what was answered is shown").toEqual([]);

  // A second one, in whose dialog what was typed stays while another version is read.
  await page.getByRole("button", { name: "New version…" }).click();
  await make.click();
  await expect(page.getByRole("region", { name: "Version 2" })).toBeVisible();
  await expect(page.getByRole("region", { name: "Changes" })).toContainText("0 added, 0 edited, 0 removed, 10 unchanged.");
  await page.getByRole("link", { name: "Version 1" }).click();
  await expect(page.getByRole("region", { name: "Version 1" })).toBeVisible();
  await page.getByRole("button", { name: "Remove… version 1" }).click();
  await page.getByRole("dialog", { name: "Remove version 1?" }).getByRole("button", { name: "Remove version 1" }).click();
  await expect(page.getByRole("link", { name: "Version 1" })).toHaveCount(0);
  await expect(page.getByRole("region", { name: "Version 2" })).toBeVisible();
  await expect(page.getByRole("link", { name: "Version 2" })).toBeFocused();

  await visit(page, "/datasets");
  await expectAt(page, "/datasets");
  await expect(page.getByRole("listitem").filter({ hasText: "Support answers" })).toContainText("Version 2");
  await visit(page, "/datasets/00000000-0000-4000-8000-000000000001");
  await expect(page.getByRole("heading", { level: 1 }), "what is not there is said as calmly as what is not theirs").toHaveText("No such data set");
});
