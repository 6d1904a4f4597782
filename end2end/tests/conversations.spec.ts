// The table of conversations: finding, sorting, archiving, and the preferences that act on it at once.
import type { BrowserContext, Locator, Page } from "@playwright/test";
import { Stored, signUp } from "./support/accounts";
import { Api } from "./support/api";
import { Claude } from "./support/claude";
import { expect, expectAt, hydrate, test, visit } from "./support/fixtures";
import { runSql } from "./support/notifications";
import { TrainServer } from "./support/server";
import { choice, noticed, rowsPerPage, saved } from "./support/settings";

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

interface Kind {
  title: string;
  tier?: "template" | "scenario" | "edge_case";
  turns?: number;
  persona?: string;
}

interface Made {
  id: string;
  publicId: string;
}

/** Has conversations made, the first one first; makes them findable by their words at once. */
async function make(context: BrowserContext, kinds: Kind[]): Promise<Made[]> {
  const api = new Api(context.request, server.url);
  const made: Made[] = [];
  for (const { title, tier = "template", turns = 2, persona = "A customer" } of kinds) {
    const said = Array.from({ length: turns }, (_, index) => ({
      role: index % 2 === 0 ? "user" : "assistant",
      content: `This is part ${index + 1} of what is said about ${title}, in words that nobody has to look up anywhere.`,
    }));
    await claude.script([{ kind: "text", text: JSON.stringify({ title, turns: said }), stop_reason: "end_turn" }]);
    const body = { tier, persona, emotion: "calm", topic: "An invoice", turns };
    const { conversation } = await api.post("/api/conversations/generate", { body });
    made.push({ id: conversation.id, publicId: conversation.publicId });
  }
  runSql("SELECT public.index_conversations(5000)", server.databaseUrl());
  return made;
}

const MOVING: Kind = { title: "Moving house", tier: "scenario", turns: 4, persona: "A student" };
const INVOICE: Kind = { title: "A late invoice", turns: 2 };
const ROUTER: Kind = { title: "The router blinks", tier: "edge_case", turns: 6 };

function table(page: Page): Locator {
  return page.getByRole("region", { name: "List of conversations" });
}

/** The titles of the rows, from the top. */
function titles(page: Page): Locator {
  return table(page).getByRole("rowheader").getByRole("link");
}

function chips(page: Page): Locator {
  return page.getByRole("group", { name: "Active filters" });
}

function bar(page: Page): Locator {
  return page.getByRole("region", { name: "Selected conversations" });
}

test("filters and sorting stand in the address, outlive a reload, and go back", async ({ page, context }) => {
  await signUp(context, server.url);
  await make(context, [MOVING, INVOICE, ROUTER]);
  await visit(page, `${server.url}/conversations`);
  await expect(titles(page), "the newest first").toHaveText(["The router blinks", "A late invoice", "Moving house"]);
  await expect(page.getByText("3 conversations", { exact: true })).toBeVisible();

  const turns = table(page).getByRole("columnheader", { name: "Turns" });
  await turns.getByRole("link").click();
  await expect(page).toHaveURL(/[?&]sort=turns/);
  await expect(turns).toHaveAttribute("aria-sort", "descending");
  await expect(titles(page)).toHaveText(["The router blinks", "Moving house", "A late invoice"]);
  await turns.getByRole("link").click();
  await expect(page).toHaveURL(/[?&]direction=asc/);
  await expect(titles(page)).toHaveText(["A late invoice", "Moving house", "The router blinks"]);

  await page.getByRole("button", { name: /^Tier/ }).click();
  await page.getByRole("checkbox", { name: /^Scenario/ }).check();
  await expect(page).toHaveURL(/[?&]tier=scenario/);
  await page.getByRole("checkbox", { name: /^Edge case/ }).check();
  await expect(page).toHaveURL(/[?&]tier=scenario(%2C|,)edge_case/);
  await page.keyboard.press("Escape");
  await expect(titles(page)).toHaveText(["Moving house", "The router blinks"]);

  await page.reload();
  await hydrate(page);
  await expect(titles(page)).toHaveText(["Moving house", "The router blinks"]);
  await chips(page).getByRole("link", { name: /Tier: Edge case/ }).click();
  await expect(titles(page)).toHaveText(["Moving house"]);
  await page.goBack();
  await expect(titles(page)).toHaveText(["Moving house", "The router blinks"]);
  await chips(page).getByRole("link", { name: "Clear all" }).click();
  await expectAt(page, "/conversations?sort=turns&direction=asc", "the order is no filter");
  await expect(titles(page)).toHaveCount(3);
});

test("words, scores and facets narrow the table; what cannot be meant is told or left out", async ({ page, context }) => {
  await signUp(context, server.url);
  await make(context, [MOVING, INVOICE]);
  await visit(page, `${server.url}/conversations?tier=nonsense&scoreMin=99&author=me&after=nowhere&sort=taste`);
  await expect(titles(page)).toHaveCount(2);
  await page.getByRole("searchbox", { name: "Search conversations" }).fill("invoice late");
  await expect(page).toHaveURL(/[?&]text=invoice(%20|\+)late/);
  await expect(titles(page)).toHaveText(["A late invoice"]);
  await chips(page).getByRole("link", { name: /Text: invoice late/ }).click();
  await expect(page.getByRole("searchbox", { name: "Search conversations" })).toHaveValue("");

  await page.getByText("More filters").click();
  await page.getByRole("combobox", { name: "Persona" }).selectOption({ label: "A student (1)" });
  await expect(titles(page)).toHaveText(["Moving house"]);
  const lowest = page.getByRole("textbox", { name: "Score from" });
  await lowest.fill("eleven");
  await lowest.press("Enter");
  await expect(page.getByText("A score is a number from 0 to 10.")).toBeVisible();
  await lowest.fill("9,9");
  await lowest.press("Enter");
  await expect(page).toHaveURL(/[?&]scoreMin=9\.9/);
  await expect(page.getByText("No matching conversations")).toBeVisible();
  await page.getByRole("link", { name: "Clear filters" }).click();
  await expect(titles(page)).toHaveCount(2);
});

test("default filters are applied once per session and cleared in one click", async ({ page, context }) => {
  await signUp(context, server.url);
  await make(context, [MOVING, INVOICE]);
  const stored = new Stored(context.request, server.url);
  await stored.patch({ defaultFilters: { tier: ["scenario"] } });
  await visit(page, `${server.url}/conversations`);
  await expect(titles(page)).toHaveCount(2);
  const apply = chips(page).getByRole("link", { name: "Apply my default filters" });
  await expect(apply).toBeVisible();

  // Chosen in another tab, it acts here.
  await stored.patch({ defaultFilters: { autoApply: true } });
  await expect(chips(page)).toContainText("Your default filters");
  await expectAt(page, "/conversations?tier=scenario");
  await expect(titles(page)).toHaveText(["Moving house"]);
  await chips(page).getByRole("link", { name: "Clear all" }).click();
  await expect(titles(page)).toHaveCount(2);
  await visit(page, `${server.url}/conversations`);
  await noticed(page);
  await expectAt(page, "/conversations", "once per session");
  await apply.click();
  await expect(titles(page)).toHaveText(["Moving house"]);

  const another = await context.newPage();
  await visit(another, `${server.url}/conversations`);
  await expectAt(another, "/conversations?tier=scenario", "another tab is another session");
  await expect(titles(another)).toHaveText(["Moving house"]);
});

test("rows, density and thresholds changed in another tab act here without a reload", async ({ page, context }) => {
  await signUp(context, server.url);
  await make(context, Array.from({ length: 11 }, (_, index) => ({ title: `Question ${index + 1}` })));
  await visit(page, `${server.url}/conversations`);
  await expect(titles(page)).toHaveCount(11);
  await page.evaluate(() => Object.assign(window, { isSame: true }));
  const settings = await context.newPage();
  await visit(settings, `${server.url}/settings/display`);
  await rowsPerPage(settings).selectOption("10");
  await saved(settings);
  await expect(titles(page)).toHaveCount(10);
  const row = table(page).getByRole("row").nth(1);
  const height = async () => (await row.boundingBox())?.height ?? 0;
  const before = await height();
  await choice(settings, "Table density", "Spacious").click();
  await expect.poll(height).toBeGreaterThan(before);
  const score = table(page).locator(".score").first();
  await new Stored(context.request, server.url).patch({ qualityThresholds: { autoApproval: 10, flagging: 10, minimumAcceptable: 10 } });
  await expect(score).toHaveAttribute("data-outcome", "rejected");
  await new Stored(context.request, server.url).patch({ qualityThresholds: { autoApproval: 0, flagging: 0, minimumAcceptable: 0 } });
  await expect(score).toHaveAttribute("data-outcome", "approved");

  await page.getByRole("link", { name: "Next" }).click();
  await expect(titles(page)).toHaveText(["Question 1"]);
  await page.getByRole("link", { name: "Previous" }).click();
  await expect(titles(page)).toHaveCount(10);
  expect(await page.evaluate(() => "isSame" in window), "no reload").toBe(true);
});

test("columns are chosen for this browser", async ({ page, context }) => {
  await signUp(context, server.url);
  await make(context, [INVOICE]);
  await visit(page, `${server.url}/conversations`);
  const cost = table(page).getByRole("columnheader", { name: "Cost" });
  await expect(cost).toBeVisible();
  await page.getByRole("button", { name: "Columns" }).click();
  await page.getByRole("group", { name: "Columns" }).getByRole("checkbox", { name: "Cost" }).uncheck();
  await expect(cost).toHaveCount(0);
  await page.reload();
  await hydrate(page);
  await expect(cost).toHaveCount(0);
  await expect(table(page).getByRole("columnheader", { name: "Status" })).toBeVisible();
});

test("what is selected is archived, comes back by Undo, and by the filter", async ({ page, context }) => {
  await signUp(context, server.url);
  await make(context, [MOVING, INVOICE, ROUTER]);
  await visit(page, `${server.url}/conversations`);
  await page.getByRole("checkbox", { name: "Select “Moving house”" }).check();
  await page.getByRole("checkbox", { name: "Select “A late invoice”" }).check();
  await expect(bar(page).getByRole("status")).toHaveText("2 selected");
  await bar(page).getByRole("button", { name: "Archive" }).click();
  await expect(titles(page)).toHaveText(["The router blinks"]);
  await expect(bar(page)).toBeHidden();
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(titles(page)).toHaveCount(3);

  await page.getByRole("heading", { name: "Conversations", level: 1 }).click();
  await page.keyboard.press("Control+Shift+A");
  await expect(bar(page).getByRole("status")).toHaveText("3 selected");
  await page.keyboard.press("Control+Shift+X");
  await expect(bar(page)).toBeHidden();
  await page.getByRole("checkbox", { name: "Select this page" }).check();
  await bar(page).getByRole("button", { name: "Archive" }).click();
  await expect(page.getByText("No conversations yet")).toBeVisible();
  await page.getByRole("link", { name: "Archived conversations" }).click();
  await expect(titles(page)).toHaveCount(3);
  await page.getByRole("checkbox", { name: "Select this page" }).check();
  await bar(page).getByRole("button", { name: "Bring back" }).click();
  await expect(page.getByText("No matching conversations")).toBeVisible();
  await page.getByRole("link", { name: "Clear filters" }).click();
  await expect(titles(page)).toHaveCount(3);
});

test("arrows go from row to row, and who comes back finds the row that was left", async ({ page, context }) => {
  await signUp(context, server.url);
  await make(context, [MOVING, INVOICE]);
  await visit(page, `${server.url}/conversations?sort=turns`);
  await expect(titles(page)).toHaveCount(2);
  await page.keyboard.press("ArrowRight");
  await expect(titles(page).first()).toBeFocused();
  await page.keyboard.press("ArrowRight");
  await expect(titles(page).last()).toBeFocused();
  await page.keyboard.press("ArrowLeft");
  await expect(titles(page).first()).toBeFocused();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/^[^?]+\/conversations\/[^/]+$/);
  await expect(page.getByRole("heading", { name: "A late invoice" }).first()).toBeVisible();
  await page.goBack();
  await expectAt(page, "/conversations?sort=turns");
  await expect(page.getByRole("link", { name: "A late invoice" })).toBeFocused();
});

test("without a conversation the table says how to begin", async ({ page, context }) => {
  await signUp(context, server.url);
  await visit(page, `${server.url}/conversations`);
  await expect(page.getByText("No conversations yet")).toBeVisible();
  await expect(page.getByRole("link", { name: "Generate a conversation" })).toHaveAttribute("href", "/generate");
});

test("the search finds a conversation by a word and by its number", async ({ page, context }) => {
  await signUp(context, server.url);
  const [, invoice] = await make(context, [MOVING, INVOICE]);
  await visit(page, `${server.url}/settings/display`);
  const asked: string[] = [];
  page.on("request", (request) => {
    if (request.url().includes("/fn/conversations")) {
      asked.push(request.postData() ?? "");
    }
  });
  const dialog = page.getByRole("dialog", { name: "Search" });
  await page.keyboard.press("Control+K");
  await dialog.getByRole("searchbox").fill("x");
  await dialog.getByRole("searchbox").fill("invoice");
  const found = dialog.getByRole("link", { name: /A late invoice.*Conversation/ });
  await expect(found).toBeVisible();
  expect(asked, "a single letter asks nobody").toHaveLength(1);
  await dialog.getByRole("searchbox").fill("zzzzzz");
  await expect(dialog).toContainText("No results for “zzzzzz”");
  await dialog.getByRole("searchbox").fill(invoice!.publicId);
  await expect(found).toBeVisible();
  await page.keyboard.press("Enter");
  await expect(dialog).toBeHidden();
  await expectAt(page, `/conversations/${invoice!.publicId}`);
});
