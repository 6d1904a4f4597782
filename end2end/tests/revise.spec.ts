// Revising with Claude: a comment becomes a proposal, which changes nothing until it is accepted.
import type { BrowserContext, Locator, Page } from "@playwright/test";
import { Stored, signUp } from "./support/accounts";
import { patchAi } from "./support/ai";
import { Api, type Schema } from "./support/api";
import { Claude } from "./support/claude";
import { expect, hydrate, test, visit } from "./support/fixtures";
import { TrainServer } from "./support/server";

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
  { role: "assistant", content: "A fixed rate keeps the monthly payment the same for the whole term." },
];

/** Has one conversation made that waits for review; answers its id. */
async function make(context: BrowserContext): Promise<string> {
  await new Stored(context.request, server.url).patch({ qualityThresholds: { autoApproval: 10 } });
  const text = JSON.stringify({ title: "Fixed or variable", turns: TURNS });
  await claude.script([{ kind: "text", text, stop_reason: "end_turn" }]);
  const body = { tier: "template" as const, persona: "A buyer", emotion: "anxious", topic: "A mortgage", turns: 2 };
  const { conversation } = await new Api(context.request, server.url).post("/api/conversations/generate", { body });
  return conversation.id;
}

async function read(context: BrowserContext, id: string): Promise<Schema<"ConversationView">> {
  const { conversation } = await new Api(context.request, server.url).get("/api/conversations/{id}", { path: { id } });
  return conversation;
}

const card = (page: Page): Locator => page.getByRole("region", { name: "Revise with Claude", exact: true });
const field = (page: Page): Locator => page.getByRole("textbox", { name: "What should Claude change?" });
const told = (page: Page, sentence: string): Locator => page.locator(".conversation-told").filter({ hasText: sentence });

async function ask(page: Page, instruction: string): Promise<void> {
  await card(page).getByRole("button", { name: "Revise…" }).click();
  await expect(field(page)).toBeFocused();
  await field(page).fill(instruction);
  await card(page).getByRole("button", { name: "Ask Claude" }).click();
}

test("a comment becomes a proposal, its difference is seen, and accepted it is a version", async ({ page, context }) => {
  await signUp(context, server.url);
  const id = await make(context);
  await new Api(context.request, server.url).post("/api/conversations/{id}/comments", {
    path: { id },
    body: { turn: 2, text: "Say what to do first." },
  });
  await visit(page, `${server.url}/conversations/${id}`);
  await page.getByRole("button", { name: "Revise with Claude" }).click();
  await expect(field(page)).toHaveValue("Turn 2: Say what to do first.");
  await expect(field(page)).toBeFocused();
  await expect(card(page).getByText(/^Costs up to \$/)).toBeVisible();
  await page.keyboard.press("Control+Enter");
  await expect(told(page, "Claude's proposal is here.")).toBeVisible();
  await expect(field(page)).toHaveValue("");
  await expect(card(page).locator(".text-change")).toContainText("Take the smaller step first.");
  expect((await read(context, id)).version, "nothing has changed yet").toBe(1);
  const accept = card(page).getByRole("button", { name: "Accept" });
  await expect(accept).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(told(page, "Accepted: saved as version 2.")).toBeVisible();
  await expect(page.locator(".turns > li").last()).toContainText("Take the smaller step first.");
  await expect(page.getByText("1 resolved")).toBeVisible();
  const versions = page.getByRole("region", { name: "Versions", exact: true });
  await expect(versions.getByRole("listitem").first()).toContainText("Revised with Claude: Turn 2: Say what to do first.");
  await expect(accept).toHaveCount(0);
});

test("an instruction survives a reload, with the comment that it comes from, and goes once it is asked", async ({ page, context }) => {
  await signUp(context, server.url);
  const id = await make(context);
  const api = new Api(context.request, server.url);
  await api.post("/api/conversations/{id}/comments", { path: { id }, body: { turn: 2, text: "Say what to do first." } });
  await visit(page, `${server.url}/conversations/${id}`);
  await page.getByRole("button", { name: "Revise with Claude" }).click();
  await field(page).fill("Turn 2: Say what to do first, in one sentence.");
  await page.reload();
  await hydrate(page);
  await expect(field(page)).toHaveValue("Turn 2: Say what to do first, in one sentence.");
  await expect(field(page), "it takes the focus from nobody").not.toBeFocused();
  await card(page).getByRole("button", { name: "Ask Claude" }).click();
  await card(page).getByRole("button", { name: "Accept" }).click();
  await expect(page.getByText("1 resolved")).toBeVisible();
  await page.reload();
  await hydrate(page);
  await expect(card(page).getByRole("button", { name: "Revise…" })).toBeVisible();
});

test("a proposal says what content checks find in it", async ({ page, context }) => {
  await signUp(context, server.url);
  const id = await make(context);
  await visit(page, `${server.url}/conversations/${id}`);
  const turns = [TURNS[0]!, { ...TURNS[1]!, content: "Write to jane.roe@example.com; she keeps the payment the same for you." }];
  await claude.script([{ kind: "text", text: JSON.stringify({ title: "Fixed or variable", turns }), stop_reason: "end_turn" }]);
  await ask(page, "Say whom to write to.");
  await expect(card(page).getByText("Content checks:")).toBeVisible();
  await expect(card(page)).toContainText("an e-mail address (turn 2)");
});

test("a budget that is used up is told beside the instruction, which stays", async ({ page, context, guard }) => {
  await signUp(context, server.url);
  const id = await make(context);
  await patchAi(context, { costBudget: { dailyBudget: 0.0001 } }, {}, server.url);
  await visit(page, `${server.url}/conversations/${id}`);
  guard.allowFailedRequest(/revisions/, 429);
  await ask(page, "Make it kinder.");
  await expect(field(page)).toBeFocused();
  await expect(field(page)).toHaveAccessibleDescription(/raise the budget/);
  await expect(field(page)).toHaveValue("Make it kinder.");
});

test("what was saved meanwhile is compared before the proposal is accepted", async ({ page, context, guard }) => {
  await signUp(context, server.url);
  const id = await make(context);
  await visit(page, `${server.url}/conversations/${id}`);
  await ask(page, "Make it kinder.");
  const accept = card(page).getByRole("button", { name: "Accept" });
  await expect(accept).toBeFocused();
  const { persona, emotion, topic, tier } = await read(context, id);
  const content = { title: "Another title", persona, emotion, topic, tier, turns: TURNS as Schema<"ConversationContent">["turns"] };
  await new Api(context.request, server.url).put("/api/conversations/{id}", {
    path: { id },
    headers: { "if-match": '"1"' },
    body: { content },
  });
  guard.allowFailedRequest(/accept/, 409);
  await accept.click();
  await expect(card(page).getByText("Made from version 1; version 2 stands now.")).toBeVisible();
  await expect(card(page).locator(".text-change").filter({ hasText: "Another" })).toBeVisible();
  await accept.click();
  await expect(told(page, "Accepted: saved as version 3.")).toBeVisible();
  expect((await read(context, id)).title).toBe("Fixed or variable");
});
