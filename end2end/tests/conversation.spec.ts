// The page of one conversation: editing with versions and conflicts, deciding, commenting; nothing that was typed is lost.
import type { BrowserContext, Locator, Page } from "@playwright/test";
import { Stored, signUp } from "./support/accounts";
import { describeConversation } from "./support/ai";
import { Api, type Schema } from "./support/api";
import { Claude } from "./support/claude";
import { expect, expectAt, hydrate, test, visit } from "./support/fixtures";
import { TrainServer } from "./support/server";
import { noticed } from "./support/settings";

// Its own Claude, because it is told what to write, and its own server, which asks it.
test.describe.configure({ mode: "serial" });

let claude: Claude;
let server: TrainServer;

test.beforeAll(async () => {
  test.setTimeout(120_000);
  claude = await Claude.start();
  server = await TrainServer.start({ claude: claude.url });
});

test.afterAll(async () => {
  await server?.stop();
  await claude?.stop();
});

test.beforeEach(async () => claude.clear());

const TURNS = [
  { role: "user", content: "Should I take the fixed rate or the variable one? I have to decide before Friday." },
  { role: "assistant", content: "A fixed rate keeps the monthly payment the same for the whole term, whatever happens to the market." },
  { role: "user", content: "And what would the variable one cost me if the market goes up by a whole point next year?" },
  { role: "assistant", content: "About ninety more each month for a loan of your size; the bank has to tell you a month before." },
];

/** Has one conversation made that waits for review; answers its id. */
async function make(context: BrowserContext, turns = TURNS): Promise<string> {
  await new Stored(context.request, server.url).patch({ qualityThresholds: { autoApproval: 10 } });
  const text = JSON.stringify({ title: "Fixed or variable", turns });
  await claude.script([{ kind: "text", text, stop_reason: "end_turn" }]);
  const body = { tier: "template" as const, persona: "A buyer", emotion: "anxious", topic: "A mortgage", turns: turns.length };
  const { conversation } = await new Api(context.request, server.url).post("/api/conversations/generate", { body });
  return conversation.id;
}

async function read(context: BrowserContext, id: string): Promise<Schema<"ConversationView">> {
  const { conversation } = await new Api(context.request, server.url).get("/api/conversations/{id}", { path: { id } });
  return conversation;
}

async function said(context: BrowserContext, id: string): Promise<Schema<"CommentsAnswer">> {
  return new Api(context.request, server.url).get("/api/conversations/{id}/comments", { path: { id } });
}

async function open(page: Page, id: string): Promise<void> {
  await visit(page, `${server.url}/conversations/${id}`);
}

const region = (page: Page, name: string): Locator => page.getByRole("region", { name, exact: true });
const told = (page: Page, sentence: string | RegExp): Locator => page.locator(".conversation-told").filter({ hasText: sentence });
const turnField = (page: Page, number: number): Locator => page.getByRole("textbox", { name: `Turn ${number}`, exact: true });
const title = (page: Page): Locator => page.getByRole("heading", { level: 1 });

/** Looks at the page anew, whatever it asks before. */
async function reload(page: Page): Promise<void> {
  page.once("dialog", (dialog) => void dialog.accept().catch(() => undefined));
  await page.reload();
  await hydrate(page);
}

test("what was generated leads to its page, which says what it is worth", async ({ page, context }) => {
  await signUp(context, server.url);
  await visit(page, `${server.url}/generate`);
  await describeConversation(page);
  await page.getByRole("button", { name: "Generate" }).click();
  await page.getByRole("link", { name: "Open conversation" }).click();
  await expect(page).toHaveURL(/\/conversations\/./);
  await expect(title(page)).not.toHaveText("Conversations");
  await expect(page.locator(".turns > li").first()).toContainText("User");
  await expect(page.getByText("Trainable", { exact: true })).toBeVisible();
  await expect(region(page, "Quality")).toContainText("Whether there are as many turns as are best for the tier.");
  await expect(region(page, "Details")).toContainText(/~[\d,]+ tokens/);
  await expect(region(page, "Versions")).toContainText("Version 1");
  const downloading = page.waitForEvent("download");
  await page.getByRole("button", { name: "Download JSON" }).click();
  expect((await downloading).suggestedFilename()).toMatch(/^conversation-.+\.json$/);
  await page.getByRole("main").getByRole("link", { name: "Conversations", exact: true }).click();
  await expectAt(page, "/conversations");
});

test("a conversation that does not exist is said, with the way on", async ({ page, context }) => {
  await signUp(context, server.url);
  await open(page, "c-00000000");
  await expect(title(page)).toHaveText("No such conversation");
  await expect(page.getByRole("link", { name: "All conversations" })).toHaveAttribute("href", "/conversations");
});

test("an edit is a new version; the gate is told at once, versions are compared and brought back", async ({ page, context }) => {
  await signUp(context, server.url);
  const id = await make(context);
  await open(page, id);
  await page.getByRole("button", { name: "Edit", exact: true }).click();
  const editor = region(page, "Edit");
  await expect(editor.getByText("Not trainable.")).toBeHidden();
  await editor.getByRole("button", { name: "Remove turn 4" }).click();
  await expect(editor.getByText("Not trainable.")).toBeVisible();
  await expect(editor.getByText(/Does not end with the assistant/).first()).toBeVisible();
  await editor.getByRole("button", { name: "Add turn" }).click();
  await expect(turnField(page, 4)).toBeFocused();
  await expect(editor.getByRole("combobox", { name: "Role of turn 4" })).toHaveValue("assistant");
  await turnField(page, 4).fill("About sixty more each month for a loan of your size.");
  await expect(editor.getByText("Not trainable.")).toBeHidden();
  await editor.getByRole("textbox", { name: "Reason" }).fill("The figure was wrong");
  await editor.getByRole("button", { name: "Save", exact: true }).click();
  await expect(told(page, "Saved as version 2.")).toBeVisible();
  await expect(page.getByRole("button", { name: "Edit", exact: true }), "the keyboard goes on there").toBeFocused();
  await expect(page.locator(".turns > li").last()).toContainText("About sixty more");
  const versions = region(page, "Versions");
  await expect(versions.getByRole("listitem").first()).toContainText("The figure was wrong");

  await versions.getByRole("button", { name: "Compare version 1" }).click();
  await expect(versions.locator("del").first()).toHaveText("ninety");
  await expect(versions.locator("ins").first()).toHaveText("sixty");
  await versions.getByRole("button", { name: "Restore version 1" }).click();
  const question = page.getByRole("dialog", { name: "Restore version 1?" });
  await question.getByRole("button", { name: "Restore" }).click();
  await expect(told(page, "Version 1 is back.")).toBeVisible();
  await expect(page.locator(".turns > li").last()).toContainText("About ninety more");
  await expect(versions.getByRole("listitem").first()).toContainText("Brings back version 1");
  expect((await read(context, id)).version).toBe(3);
});

test("a save that comes too late shows both texts and loses neither", async ({ page, context, guard }) => {
  guard.allowFailedRequest(/api\/conversations/, 409);
  await signUp(context, server.url);
  const id = await make(context);
  await open(page, id);
  await page.getByRole("button", { name: "Edit", exact: true }).click();
  await page.getByRole("textbox", { name: "Title" }).fill("Mine or variable");
  const { persona, emotion, topic, tier, categories } = await read(context, id);
  const content = { title: "Theirs or variable", persona, emotion, topic, tier, categories, turns: TURNS };
  const address = `${server.url}/api/conversations/${id}`;
  const theirs = await context.request.put(address, { data: { content }, headers: { origin: server.url, "if-match": '"1"' } });
  expect(theirs.ok(), await theirs.text()).toBe(true);

  await page.getByRole("button", { name: "Save", exact: true }).click();
  const conflict = page.locator("#edit-conflict");
  await expect(conflict).toContainText("Somebody saved version 2 meanwhile.");
  await expect(conflict.locator("del")).toHaveText("Theirs");
  await expect(conflict.locator("ins")).toHaveText("Mine");
  await expect(page.getByRole("textbox", { name: "Title" })).toHaveValue("Mine or variable");
  await conflict.getByRole("button", { name: "Keep mine" }).click();
  await expect(told(page, "Saved as version 3.")).toBeVisible();
  await expect(title(page)).toHaveText("Mine or variable");
  await expect(region(page, "Versions").getByRole("listitem"), "theirs is there too").toHaveCount(3);
});

test("an edit survives a reload, and is given up only by pressing for it", async ({ page, context }) => {
  await signUp(context, server.url);
  const id = await make(context);
  await open(page, id);
  await page.getByRole("button", { name: "Edit", exact: true }).click();
  await turnField(page, 1).fill("Which of the two rates is cheaper?");
  await reload(page);
  const offer = page.getByRole("status").filter({ hasText: "Your unsaved changes from" });
  await offer.getByRole("button", { name: "Continue editing" }).click();
  await expect(turnField(page, 1)).toHaveValue("Which of the two rates is cheaper?");
  await reload(page);
  await offer.getByRole("button", { name: "Discard" }).click();
  await expect(offer).toBeHidden();
  await reload(page);
  await expect(page.locator(".turns > li").first()).toContainText("Should I take the fixed rate");
  await expect(offer).toBeHidden();
  expect((await read(context, id)).version).toBe(1);
});

test("a decision stands in the history and is taken back", async ({ page, context }) => {
  await signUp(context, server.url);
  const id = await make(context);
  await open(page, id);
  const decision = region(page, "Decision");
  await decision.getByRole("textbox", { name: "Reason" }).fill("Clear and correct.");
  await decision.getByRole("button", { name: "Approve" }).click();
  await expect(told(page, "Approved.")).toBeVisible();
  await expect(decision).toContainText("It is approved already.");
  const history = region(page, "Review history");
  await expect(history.getByRole("listitem").first()).toContainText("Clear and correct.");
  expect((await read(context, id)).status).toBe("approved");
  await history.getByRole("button", { name: "Undo" }).click();
  await expect(told(page, "The decision is taken back.")).toBeVisible();
  expect((await read(context, id)).status).toBe("pending_review");
});

test("what no trainer takes is approved only after a question", async ({ page, context }) => {
  await signUp(context, server.url);
  const id = await make(context, TURNS.map((turn) => ({ ...turn, content: `${turn.content} Yours, {{name}}` })));
  await open(page, id);
  await region(page, "Decision").getByRole("button", { name: "Approve" }).click();
  const question = page.getByRole("dialog", { name: "Approve although it is not trainable?" });
  await expect(question).toContainText("Unfilled placeholder (turn 1)");
  await question.getByRole("button", { name: "Cancel" }).click();
  expect((await read(context, id)).status).not.toBe("approved");
  await region(page, "Decision").getByRole("button", { name: "Approve" }).click();
  await question.getByRole("button", { name: "Approve anyway" }).click();
  await expect(told(page, "Approved.")).toBeVisible();
});

test("somebody else's decision meanwhile is told, and shown", async ({ page, context, guard }) => {
  guard.allowFailedRequest(/api\/conversations/, 409);
  await signUp(context, server.url);
  const id = await make(context);
  await open(page, id);
  await new Api(context.request, server.url).post("/api/conversations/{id}/decision", {
    path: { id },
    body: { decision: "rejected", version: 1, status: "pending_review" },
  });
  await region(page, "Decision").getByRole("button", { name: "Approve" }).click();
  await expect(told(page, /rejected it meanwhile\.$/)).toBeVisible();
  await expect(region(page, "Decision")).toContainText("It is rejected already.");
});

test("typing a comment fires nothing, its draft survives a reload, and Ctrl+Enter posts it", async ({ page, context }) => {
  await signUp(context, server.url);
  const id = await make(context);
  await open(page, id);
  await page.getByRole("main").focus();
  await page.keyboard.press("c");
  const comment = page.getByRole("textbox", { name: "Comment", exact: true });
  await expect(comment).toBeFocused();
  await page.keyboard.type("ar c");
  for (const key of ["ArrowRight", "ArrowLeft", "ArrowUp", "ArrowDown", "Enter"]) {
    await page.keyboard.press(key);
  }
  // Keys of an input method: while it composes, and as Safari reports the one that ends it.
  await comment.evaluate((field) => {
    for (const more of [{ isComposing: true }, { keyCode: 229 }]) {
      for (const [key, code, ctrlKey] of [["a", "KeyA", false], ["Enter", "Enter", true], ["Escape", "Escape", false]] as const) {
        field.dispatchEvent(new KeyboardEvent("keydown", { key, code, ctrlKey, bubbles: true, cancelable: true, ...more }));
      }
    }
  });
  await noticed(page);
  await expect(comment).toBeFocused();
  await expectAt(page, `/conversations/${id}`);
  expect(await read(context, id)).toMatchObject({ status: "pending_review", reviewHistory: [] });
  expect((await said(context, id)).comments).toEqual([]);

  await comment.fill("The rate is out of date.\nAsk for the new one.");
  await reload(page);
  await expect(comment, "kept by this browser at once").toHaveValue("The rate is out of date.\nAsk for the new one.");
  await expect.poll(async () => (await said(context, id)).drafts, "and by the server for other devices").toEqual([
    { turn: null, text: "The rate is out of date.\nAsk for the new one." },
  ]);
  await comment.focus();
  await page.keyboard.press("Control+Enter");
  await expect(region(page, "Comments").getByRole("listitem")).toContainText("The rate is out of date.");
  await expect(comment).toHaveValue("");
  const { comments, drafts } = await said(context, id);
  expect([comments.length, drafts]).toEqual([1, []]);
  await page.keyboard.press("Escape");
  await expect(comment).not.toBeFocused();
});

test("a comment about a turn is resolved, and marked once the turn reads otherwise", async ({ page, context }) => {
  await signUp(context, server.url);
  const id = await make(context);
  await open(page, id);
  const second = page.locator("#turn-2");
  await second.getByRole("button", { name: "Comment on turn 2" }).click();
  await page.getByRole("textbox", { name: "Comment on turn 2" }).fill("Say for how long.");
  await second.getByRole("button", { name: "Post comment" }).click();
  const posted = second.locator(".comment");
  await expect(posted).toContainText("Say for how long.");
  await posted.getByRole("button", { name: "Resolve" }).click();
  await expect(second.getByText("1 resolved")).toBeVisible();
  await second.getByText("1 resolved").click();
  await posted.getByRole("button", { name: "Reopen" }).click();
  await expect(second.getByText("1 resolved")).toBeHidden();

  await page.getByRole("button", { name: "Edit", exact: true }).click();
  await turnField(page, 2).fill("A fixed rate keeps the payment the same for ten years.");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await expect(told(page, "Saved as version 2.")).toBeVisible();
  const outdated = region(page, "Comments").getByRole("listitem");
  await expect(outdated).toContainText("Outdated");
  await outdated.getByRole("button", { name: "Edit comment" }).click();
  await page.getByRole("textbox", { name: "Edit comment" }).fill("Said now.");
  await reload(page);
  await expect(page.getByRole("textbox", { name: "Edit comment" }), "nothing that was typed is lost").toHaveValue("Said now.");
  await outdated.getByRole("button", { name: "Save" }).click();
  await expect(outdated).toContainText("Said now.");
  await outdated.getByRole("button", { name: "Remove comment" }).click();
  await page.getByRole("dialog", { name: "Remove this comment?" }).getByRole("button", { name: "Remove" }).click();
  await expect(outdated).toHaveCount(0);
});

test("what is archived is neither edited nor decided about until it is brought back", async ({ page, context }) => {
  await signUp(context, server.url);
  const id = await make(context);
  await open(page, id);
  await page.getByRole("button", { name: "Archive" }).click();
  await expect(told(page, "Archived.")).toBeVisible();
  await expect(page.getByRole("button", { name: "Edit", exact: true })).toHaveAttribute("aria-disabled", "true");
  await expect(region(page, "Decision").getByRole("button", { name: "Approve" })).toHaveAttribute("aria-disabled", "true");
  await page.getByRole("button", { name: "Bring back" }).click();
  await expect(told(page, "It is back.")).toBeVisible();
  expect((await read(context, id)).status).toBe("pending_review");
});
