// Marks of conversations: what content checks found in them, and which say nearly the same.
import type { BrowserContext, Page } from "@playwright/test";
import { serverUrl } from "./support/accounts";
import { Api, type Schema } from "./support/api";
import { faults } from "./support/axe";
import { store } from "./support/conversations";
import { expect, expectAt, test, visit } from "./support/fixtures";

type Said = { role: "user" | "assistant"; content: string }[];

const api = (context: BrowserContext) => new Api(context.request, serverUrl());

async function find(context: BrowserContext, title: string): Promise<Schema<"ConversationRow">> {
  const { conversations } = await api(context).get("/api/conversations", {});
  return conversations.find((one) => one.title === title)!;
}

async function read(context: BrowserContext, id: string): Promise<Schema<"ConversationView">> {
  return (await api(context).get("/api/conversations/{id}", { path: { id } })).conversation;
}

/** Gives a stored conversation other turns; answers its id. */
async function say(context: BrowserContext, title: string, turns: Said): Promise<string> {
  const { id } = await find(context, title);
  const { persona, emotion, topic, tier, categories, version } = await read(context, id);
  const content = { title, persona, emotion, topic, intent: "", tone: "", tier, categories, turns };
  await api(context).put("/api/conversations/{id}", { path: { id }, body: { content }, headers: { "if-match": `"${version}"` } });
  return id;
}

const MAIL = "ana.lopez@example.com";
// The one that AWS shows in its own examples.
const KEY = "AKIAIOSFODNN7EXAMPLE";
const LEAK: Said = [
  { role: "user", content: "What do I need so that the nightly copy of our pictures runs again?" },
  { role: "assistant", content: "An address to which we may write when it fails, and the name of the account that owns the storage." },
  // Letters of several parts before the place: it is counted in letters, not in bytes.
  { role: "user", content: `👩🏽‍🚀 שלום, write to ${MAIL} please. The account is the one of our studio.` },
  { role: "assistant", content: `Thank you. I have put the key ${KEY} into the settings; the next copy runs at midnight.` },
];

const REFUND: Said = [
  { role: "user", content: "I sent the lamp back two weeks ago and nobody has told me when I will see my money again." },
  { role: "assistant", content: "The parcel reached our returns desk on Monday, and a refund takes at most five working days from there." },
  { role: "user", content: "So it should be on my card by next Monday, without my having to call anybody about it?" },
  { role: "assistant", content: "Exactly. If it is not there on Tuesday morning, answer this message and I will look into it at once." },
];

const marks = (page: Page) => page.locator("mark.finding");
const rowsOf = (page: Page) => page.getByRole("region", { name: "List of conversations" }).getByRole("rowheader").getByRole("link");
const chips = (page: Page) => page.getByRole("group", { name: "Active filters" });

test("an address and a key are marked on the page, in review and in the table, with the way there", async ({ page, context, account, stored }) => {
  test.setTimeout(60_000);
  await stored.patch({ qualityThresholds: { autoApproval: 10, flagging: 0, minimumAcceptable: 0 } });
  store(account.id, [{ title: "The nightly copy" }, { title: "A double charge" }]);
  const id = await say(context, "The nightly copy", LEAK);
  const expectMarked = async () => {
    await expect(marks(page)).toHaveText([`E-mail address: ${MAIL}`, `Key or token: ${KEY}`]);
    const told = page.getByRole("status").filter({ hasText: "Content checks:" });
    await expect(told).toContainText("an e-mail address (turn 3), a key or token (turn 4)");
    await told.getByRole("link", { name: "turn 4" }).click();
    await expect(page.locator("#turn-4")).toBeFocused();
  };
  await visit(page, `/conversations/${id}`);
  await expectMarked();
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    expect(await faults(page), colorScheme).toEqual([]);
  }

  // Lists know it as soon as the server has looked at it.
  await expect.poll(async () => (await find(context, "The nightly copy")).findingKinds.toSorted(), { timeout: 30_000 }).toEqual(["email", "secret"]);
  await visit(page, "/review?finding=secret");
  await expect(page.getByText("Filtered: Content checks: Key or token")).toBeVisible();
  await expectMarked();
  await page.setViewportSize({ width: 1600, height: 900 });
  await visit(page, "/conversations");
  await expect(page.getByRole("columnheader", { name: "Marks" }), "where there is room for it").toBeVisible();
  await page.getByText("More filters").click();
  await page.getByRole("button", { name: "Content checks" }).click();
  await page.getByRole("checkbox", { name: /^Key or token/ }).check();
  await expectAt(page, "/conversations?finding=secret");
  await expect(rowsOf(page)).toHaveText(["The nightly copy"]);
  await expect(page.getByRole("row").filter({ hasText: "The nightly copy" })).toContainText("Key or token");
  await page.keyboard.press("Escape");
  await chips(page).getByRole("link", { name: /Content checks: Key or token/ }).click();
  await expect(rowsOf(page)).toHaveCount(2);
});

test("two that say nearly the same are found, shown side by side, and the best is kept until Undo", async ({ page, context, account, stored }) => {
  test.setTimeout(120_000);
  await stored.patch({ qualityThresholds: { autoApproval: 10, flagging: 0, minimumAcceptable: 0 } });
  store(account.id, [{ title: "Refund one" }, { title: "Refund two" }, { title: "Something else" }]);
  const id = await say(context, "Refund one", REFUND);
  const other = await say(context, "Refund two", REFUND);
  const likeness = async () => [(await read(context, id)).likeness, (await read(context, other)).likeness];
  await expect.poll(likeness, { timeout: 45_000 }).toEqual(["nearly_the_same", "nearly_the_same"]);

  await visit(page, "/conversations?likeness=nearly_the_same");
  await expect(rowsOf(page)).toHaveCount(2);
  await expect(chips(page).getByRole("link", { name: /Similar: Nearly the same/ })).toBeVisible();
  await rowsOf(page).filter({ hasText: "Refund one" }).click();
  const card = page.getByRole("region", { name: "Similar conversations" });
  await expect(card.getByRole("listitem").filter({ hasText: "Refund two" })).toContainText("100 %");
  await card.getByRole("button", { name: "Compare with “Refund two”" }).click();
  await expect(card.locator("mark")).toHaveText(["one", "two"]);
  await expect(card).toContainText("Everything else is the same.");

  await card.getByRole("button", { name: "Keep the best of these" }).click();
  const dialog = page.getByRole("dialog", { name: "Keep the best of these?" });
  await expect(dialog.getByRole("combobox", { name: "Keep" }).locator("option:checked")).toHaveText("Refund one");
  await expect(dialog.getByRole("checkbox", { name: /Refund two/ })).toBeChecked();
  expect(await faults(page)).toEqual([]);
  await dialog.getByRole("button", { name: "Archive 1" }).click();
  await expect(dialog).toBeHidden();
  const statuses = async () => [(await read(context, id)).status, (await read(context, other)).status];
  await expect.poll(statuses).toEqual(["pending_review", "archived"]);
  await page.getByRole("region", { name: "Messages" }).getByRole("button", { name: "Undo" }).click();
  await expect.poll(statuses).toEqual(["pending_review", "pending_review"]);
  await expect(page.locator(".conversation-told")).toHaveText("Brought back 1 conversation.");

  // Both are looked at again: what is archived is similar to nothing.
  await expect(async () => {
    await visit(page, `/conversations?alike=${id}`);
    await expect(rowsOf(page)).toHaveCount(2, { timeout: 2000 });
  }).toPass({ timeout: 45_000 });
  await expect(chips(page)).toContainText("Similar to: “Refund one”");
});
