// Reviewing: one conversation at a time, by keyboard alone; nothing that was decided or written is lost.
import type { BrowserContext, Locator, Page } from "@playwright/test";
import { join, makeOrganization, signUp, Stored } from "./support/accounts";
import { Api, type Schema } from "./support/api";
import { Claude } from "./support/claude";
import { expect, hydrate, test, visit } from "./support/fixtures";
import { TrainServer } from "./support/server";
import { noticed, saved, switchOf } from "./support/settings";

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

interface Made {
  id: string;
  title: string;
}

/** Longer, or nearer to the length that is best for its tier, scores higher: the queue has them in this order. */
const KINDS = [
  { tier: "template", turns: 2 },
  { tier: "edge_case", turns: 2 },
  { tier: "template", turns: 4 },
  { tier: "edge_case", turns: 4 },
  { tier: "template", turns: 6 },
] as const;

/** One turn of an ordinary length; no two say the same. */
function words(title: string, index: number): string {
  const asks = "Could you explain what happens in the next step, and how long it usually takes until somebody answers?";
  const says = "Of course. It takes two working days at most, and you will get a short message as soon as it is done.";
  return `${index % 2 === 0 ? asks : says} This is part ${index + 1} of what we say about ${title}.`;
}

/** Has conversations made that wait for review; answers them in the order of the queue. */
async function make(context: BrowserContext, count: number, filled = true): Promise<Made[]> {
  await new Stored(context.request, server.url).patch({ qualityThresholds: { autoApproval: 10 } });
  const api = new Api(context.request, server.url);
  const made: Made[] = [];
  for (const [place, { tier, turns }] of KINDS.slice(0, count).entries()) {
    const title = `Question ${place + 1}`;
    const said = Array.from({ length: turns }, (_, index) => ({
      role: index % 2 === 0 ? "user" : "assistant",
      content: filled ? words(title, index) : `${words(title, index)} Yours, {{name}}`,
    }));
    await claude.script([{ kind: "text", text: JSON.stringify({ title, turns: said }), stop_reason: "end_turn" }]);
    const body = { tier, persona: "A customer", emotion: "calm", topic: "An invoice", turns };
    const { conversation } = await api.post("/api/conversations/generate", { body });
    expect(conversation, title).toMatchObject({ title, status: "pending_review" });
    made.push({ id: conversation.id, title });
  }
  return made;
}

async function read(context: BrowserContext, made: Made | undefined): Promise<Schema<"ConversationView">> {
  const api = new Api(context.request, server.url);
  const { conversation } = await api.get("/api/conversations/{id}", { path: { id: made!.id } });
  return conversation;
}

/** Waits until they stand like this: decisions are saved behind the reviewer's back. */
async function expectStatus(context: BrowserContext, made: Made[], statuses: string[]): Promise<void> {
  const status = async (one: Made) => (await read(context, one)).status;
  await expect.poll(() => Promise.all(made.map(status))).toEqual(statuses);
}

function heading(page: Page): Locator {
  return page.getByRole("main").getByRole("heading", { level: 2 }).first();
}

async function expectShown(page: Page, made: Made | undefined): Promise<void> {
  await expect(heading(page)).toHaveText(made!.title);
}

async function expectSaid(page: Page, sentence: string): Promise<void> {
  await expect(page.getByRole("status").filter({ hasText: sentence })).toBeAttached();
}

async function visitReview(page: Page, query = ""): Promise<void> {
  await visit(page, `${server.url}/review${query}`);
}

test("five are reviewed by keyboard alone", async ({ page, context }) => {
  await signUp(context, server.url);
  const made = await make(context, 5);
  await visitReview(page);
  await expectShown(page, made[0]);
  await expect(page.getByRole("button", { name: /^Approve/ }).locator("kbd")).toHaveText("A");
  await page.keyboard.press("a");
  await expectShown(page, made[1]);
  await expect(heading(page), "where the keyboard goes on").toBeFocused();
  await expectSaid(page, "Approved. 4 left.");
  await page.keyboard.press("r");
  await expectShown(page, made[2]);
  await expectSaid(page, "Rejected. 3 left.");
  await page.keyboard.press("ArrowRight");
  await expectShown(page, made[3]);
  await page.keyboard.press("ArrowLeft");
  await expectShown(page, made[2]);
  await page.keyboard.press("ArrowRight");
  await expectShown(page, made[3]);
  await page.keyboard.press("a");
  await expectShown(page, made[4]);
  await page.keyboard.press("r");
  await expect(heading(page)).toHaveText("Only what you skipped is left");
  await page.keyboard.press("ArrowLeft");
  await expectShown(page, made[2]);
  await expect(heading(page)).toBeFocused();
  await page.keyboard.press("a");
  await expect(heading(page)).toHaveText("Nothing waits for review");
  await expectStatus(context, made, ["approved", "rejected", "approved", "approved", "rejected"]);
});

test("a decision is taken back, and what was decided stands in the button", async ({ page, context }) => {
  await signUp(context, server.url);
  const made = await make(context, 2);
  await visitReview(page);
  await expectShown(page, made[0]);
  await page.getByRole("button", { name: /^Needs revision/ }).click();
  await expectShown(page, made[1]);
  await expectStatus(context, made, ["needs_revision", "pending_review"]);
  await page.keyboard.press("a");
  await expect(heading(page)).toHaveText("Nothing waits for review");
  const undo = page.getByRole("button", { name: /^Undo/ });
  await expect(undo).toHaveAccessibleName(/Approved: Question 2/);
  await undo.click();
  await expectShown(page, made[1]);
  await expect(heading(page)).toBeFocused();
  await expect(undo).toHaveAccessibleName(/Question 1/);
  await undo.click();
  await expectShown(page, made[0]);
  await expect(undo).toHaveCount(0);
  await expectStatus(context, made, ["pending_review", "pending_review"]);
  await page.keyboard.press("r");
  await expectShown(page, made[1]);
  await expectStatus(context, made, ["rejected", "pending_review"]);
});

test("a comment goes with the decision, and no key of it decides anything", async ({ page, context }) => {
  await signUp(context, server.url);
  const made = await make(context, 2);
  await visitReview(page);
  await expectShown(page, made[0]);
  await page.keyboard.press("c");
  const comment = page.getByRole("textbox", { name: "Comment" });
  await expect(comment).toBeFocused();
  await page.keyboard.type("ar");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("Control+Enter");
  // Keys of an input method: while it composes, and as Safari reports the one that ends it.
  await comment.evaluate((field) => {
    for (const more of [{ isComposing: true }, { keyCode: 229 }]) {
      field.dispatchEvent(new KeyboardEvent("keydown", { key: "a", code: "KeyA", bubbles: true, cancelable: true, ...more }));
      document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "a", code: "KeyA", bubbles: true, cancelable: true, ...more }));
    }
  });
  await noticed(page);
  await expectShown(page, made[0]);
  expect((await read(context, made[0])).reviewHistory).toEqual([]);
  await comment.fill("  The second answer is vague.\nAsk for an example.  ");
  await page.keyboard.press("Escape");
  await expect(heading(page)).toBeFocused();
  await page.keyboard.press("r");
  await expectShown(page, made[1]);
  await expect(comment, "the next one has none").toHaveValue("");
  await expectStatus(context, made, ["rejected", "pending_review"]);
  const { reviewHistory } = await read(context, made[0]);
  expect(reviewHistory).toMatchObject([
    { action: "decided", status: "rejected", comment: "The second answer is vague.\nAsk for an example." },
  ]);
});

test("a comment that was begun survives a reload, and stands where else one decides", async ({ page, context }) => {
  await signUp(context, server.url);
  const made = await make(context, 2);
  await visitReview(page);
  await expectShown(page, made[0]);
  const comment = page.getByRole("textbox", { name: "Comment" });
  await comment.fill("The second answer is vague.");
  await page.reload();
  await hydrate(page);
  await expectShown(page, made[0]);
  await expect(comment).toHaveValue("The second answer is vague.");
  const another = await context.newPage();
  await visit(another, `${server.url}/conversations/${made[0]!.id}`);
  const reason = another.getByRole("region", { name: "Decision" }).getByRole("textbox", { name: "Reason" });
  await expect(reason).toHaveValue("The second answer is vague.");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: /^Reject/ }).click();
  await expectShown(page, made[1]);
  await expectStatus(context, made, ["rejected", "pending_review"]);
  expect((await read(context, made[0])).reviewHistory).toMatchObject([{ comment: "The second answer is vague." }]);
  await another.reload();
  await hydrate(another);
  await expect(reason, "what was sent is no draft any more").toHaveValue("");
});

test("a key that is bound elsewhere acts here at once, and the old one does not", async ({ page, context }) => {
  await signUp(context, server.url);
  const made = await make(context, 2);
  await visitReview(page);
  await expectShown(page, made[0]);
  const settings = await context.newPage();
  await visit(settings, `${server.url}/settings/shortcuts`);
  await settings.getByRole("button", { name: /^Approve: / }).click();
  await settings.keyboard.press("y");
  await saved(settings);
  await page.bringToFront();
  await expect(page.getByRole("button", { name: /^Approve/ }).locator("kbd")).toHaveText("Y");
  await page.keyboard.press("a");
  await noticed(page);
  await expectShown(page, made[0]);
  await page.keyboard.press("y");
  await expectShown(page, made[1]);
  await expectStatus(context, made, ["approved", "pending_review"]);
});

test("shortcuts that are switched off elsewhere do nothing here", async ({ page, context }) => {
  await signUp(context, server.url);
  const made = await make(context, 2);
  await visitReview(page);
  await expectShown(page, made[0]);
  const settings = await context.newPage();
  await visit(settings, `${server.url}/settings/shortcuts`);
  await switchOf(settings, "Keyboard shortcuts").click();
  await saved(settings);
  await page.bringToFront();
  await expect(page.getByRole("button", { name: /^Approve/ }).locator("kbd")).toHaveCount(0);
  for (const key of ["a", "r", "ArrowRight", "c"]) {
    await page.keyboard.press(key);
  }
  await noticed(page);
  await expectShown(page, made[0]);
  await expect(page.getByRole("textbox", { name: "Comment" })).not.toBeFocused();
  await expectStatus(context, made, ["pending_review", "pending_review"]);
});

test("two reviewers get different ones, and who leaves gives theirs back", async ({ page, context, otherBrowser }) => {
  await signUp(context, server.url, "First Reviewer");
  await makeOrganization(context, server.url);
  const second = await otherBrowser(undefined, server.url);
  await signUp(second, server.url, "Second Reviewer");
  await join(context, second, "member", server.url);
  const made = await make(context, 3);
  await visitReview(page);
  await expectShown(page, made[0]);
  // The next one is fetched beforehand.
  const claims = async () => {
    const { claims } = await new Api(second.request, server.url).get("/api/reviews/claims", {});
    return claims.map((claim) => claim.conversationId).sort();
  };
  await expect.poll(claims).toEqual([made[0]!.id, made[1]!.id].sort());
  const theirs = await second.newPage();
  await visitReview(theirs);
  await expectShown(theirs, made[2]);
  await theirs.keyboard.press("a");
  await expect(heading(theirs)).toHaveText("Everything left is being reviewed by others.");
  await page.getByRole("link", { name: "Home", exact: true }).click();
  await expect(page.getByRole("heading", { name: "Home", level: 1 })).toBeVisible();
  await expect.poll(claims).toEqual([]);
  await visitReview(theirs);
  await expectShown(theirs, made[0]);
});

test("whoever is second learns who was first, and goes on", async ({ page, context, otherBrowser, guard }) => {
  guard.allowFailedRequest(/api\/conversations\/.*decision/, 409);
  await signUp(context, server.url, "First Reviewer");
  await makeOrganization(context, server.url);
  const second = await otherBrowser(undefined, server.url);
  await signUp(second, server.url, "Second Reviewer");
  await join(context, second, "member", server.url);
  const made = await make(context, 2);
  await visitReview(page);
  await expectShown(page, made[0]);
  await page.getByRole("textbox", { name: "Comment" }).fill("Friendly and to the point.");
  // The claim ended, as after a closed lid, and somebody else took it.
  const id = made[0]!.id;
  await context.request.delete(`${server.url}/api/reviews/claims`, { data: { conversations: [id] }, headers: { origin: server.url } });
  const { version, status } = await read(second, made[0]);
  const body = { decision: "rejected", version, status } as const;
  await new Api(second.request, server.url).post("/api/conversations/{id}/decision", { path: { id }, body });
  await page.getByRole("button", { name: /^Approve/ }).click();
  await expectShown(page, made[1]);
  const notice = page.getByRole("status").filter({ hasText: "Second Reviewer rejected it first." });
  await expect(notice).toContainText("Question 1");
  await expect(notice, "what was written is not lost").toContainText("Friendly and to the point.");
  await expectShown(page, made[1]);
  await notice.getByRole("button", { name: "Dismiss" }).click();
  await expect(notice).toHaveCount(0);
  await expectStatus(context, made, ["rejected", "pending_review"]);
});

test("what no trainer takes is approved only after a question", async ({ page, context }) => {
  await signUp(context, server.url);
  const made = await make(context, 1, false);
  await visitReview(page);
  await expectShown(page, made[0]);
  await expect(page.getByText("Not trainable.")).toBeVisible();
  const dialog = page.getByRole("dialog", { name: "Approve although it is not trainable?" });
  await page.keyboard.press("a");
  await expect(dialog).toContainText("Unfilled placeholder (turn 1)");
  await page.keyboard.press("a");
  await page.keyboard.press("r");
  await noticed(page);
  await expect(dialog).toBeVisible();
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await expect(dialog).toBeHidden();
  await expectShown(page, made[0]);
  await expectStatus(context, made, ["pending_review"]);
  await page.keyboard.press("a");
  await dialog.getByRole("button", { name: /^Approve anyway/ }).click();
  await expect(heading(page)).toHaveText("Nothing waits for review");
  await expectStatus(context, made, ["approved"]);
});

test("the next one is there before the server has answered", async ({ page, context }) => {
  await signUp(context, server.url);
  const made = await make(context, 2);
  await visitReview(page);
  await expectShown(page, made[0]);
  // Only then the next one is at hand.
  const api = new Api(context.request, server.url);
  await expect.poll(async () => (await api.get("/api/reviews/claims", {})).claims.length).toBe(2);
  let release = () => {};
  const gate = new Promise<void>((resolve) => (release = resolve));
  await page.route("**/decision", async (route) => {
    await gate;
    await route.continue();
  });
  await page.keyboard.press("a");
  await expectShown(page, made[1]);
  await expectStatus(context, made, ["pending_review", "pending_review"]);
  release();
  await expectStatus(context, made, ["approved", "pending_review"]);
});

test("a decision that does not reach the server is kept, through a reload too", async ({ page, context, guard }) => {
  guard.allowFailedRequest(/decision/, /net::ERR_FAILED/);
  page.on("dialog", (dialog) => dialog.accept());
  await signUp(context, server.url);
  const made = await make(context, 3);
  await visitReview(page);
  await expectShown(page, made[0]);
  await page.route("**/decision", (route) => route.abort());
  await page.keyboard.press("a");
  await expectShown(page, made[1]);
  await expect(page.getByText("1 decision not saved yet.")).toBeVisible();
  await page.keyboard.press("r");
  await expect(page.getByText("2 decisions not saved yet.")).toBeVisible();
  await expectStatus(context, made, ["pending_review", "pending_review", "pending_review"]);
  await page.unroute("**/decision");
  await page.getByRole("button", { name: "Retry" }).click();
  await expect(page.getByText(/not saved yet/)).toHaveCount(0);
  await expectStatus(context, made, ["approved", "rejected", "pending_review"]);

  await expectShown(page, made[2]);
  await page.route("**/decision", (route) => route.abort());
  await page.keyboard.press("a");
  await expect(page.getByText("1 decision not saved yet.")).toBeVisible();
  await page.unroute("**/decision");
  await page.reload();
  await expectStatus(context, made, ["approved", "rejected", "approved"]);
  // Each was done once.
  for (const one of made) {
    expect((await read(context, one)).reviewHistory).toHaveLength(1);
  }
});

test("a list hands its filters over, and there is a way back to everything", async ({ page, context }) => {
  await signUp(context, server.url);
  const made = await make(context, 3);
  await visitReview(page, "?tier=edge_case&status=pending_review");
  await expect(page.getByText("Filtered: Tier: Edge case · Status: Pending review")).toBeVisible();
  await expectShown(page, made[1]);
  await page.keyboard.press("a");
  await expect(heading(page)).toHaveText("Nothing fits these filters");
  await page.getByRole("link", { name: "Review everything" }).first().click();
  await expect(page).toHaveURL(`${server.url}/review`);
  await expectShown(page, made[0]);
  await page.getByRole("radio", { name: "Disagreements" }).click();
  await expect(page).toHaveURL(`${server.url}/review?queue=disagreements`);
  await expect(heading(page)).toHaveText("No disagreements");
});

test("a second opinion leaves the decision to somebody else", async ({ page, context, otherBrowser }) => {
  await signUp(context, server.url, "First Reviewer");
  await makeOrganization(context, server.url);
  const second = await otherBrowser(undefined, server.url);
  await signUp(second, server.url, "Second Reviewer");
  await join(context, second, "member", server.url);
  const made = await make(context, 1);
  await visitReview(page);
  await expectShown(page, made[0]);
  await page.getByRole("button", { name: "Second opinion…" }).click();
  const dialog = page.getByRole("dialog", { name: "Ask for a second opinion?" });
  await dialog.getByRole("radio", { name: "Reject" }).click();
  await dialog.getByRole("button", { name: /^Ask/ }).click();
  await expectSaid(page, "Second opinion asked");
  await expect.poll(async () => (await read(context, made[0])).reviewHistory).toMatchObject([{ action: "opinion", status: "rejected" }]);
  await expectStatus(context, made, ["pending_review"]);
  const theirs = await second.newPage();
  await visitReview(theirs);
  await expectShown(theirs, made[0]);
  await theirs.keyboard.press("a");
  await expectStatus(context, made, ["approved"]);
});

test("on a phone the decision is at hand, however long the conversation is", { tag: "@phone" }, async ({ page, context }) => {
  await signUp(context, server.url);
  const made = await make(context, 5);
  await visitReview(page, "?tier=template&status=pending_review&sort=score&direction=desc");
  await expectShown(page, made[4]);
  const approve = page.getByRole("button", { name: /^Approve/ });
  await expect(approve).toBeInViewport({ ratio: 1 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "nothing is wider than the page").toBe(true);
  await approve.click();
  await expectShown(page, made[2]);
  await expect(heading(page)).toBeInViewport();
  await expectStatus(context, [made[4]!], ["approved"]);
});
