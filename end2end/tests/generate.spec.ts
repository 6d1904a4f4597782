// Generating: turns that grow while Claude writes, stopping, what is stored, and refusals that say what to do.
import { signUp } from "./support/accounts";
import { describeConversation, patchAi } from "./support/ai";
import { Claude } from "./support/claude";
import { expect, test, visit } from "./support/fixtures";
import { TrainServer } from "./support/server";
import { numberField } from "./support/settings";

// Its own Claude, because it is told how to answer, and its own server, which asks it.
test.describe.configure({ mode: "serial" });

let claude: Claude;
let server: TrainServer;
let keyless: TrainServer;

test.beforeAll(async () => {
  test.setTimeout(120_000);
  claude = await Claude.start();
  server = await TrainServer.start({ claude: claude.url });
  keyless = await TrainServer.start({ databaseUrl: server.databaseUrl(), claude: null });
});

test.afterAll(async () => {
  await keyless?.stop();
  await server?.stop();
  await claude?.stop();
});

test.beforeEach(async () => claude.clear());

test("a conversation is described, made and stored, and stands in the usage log", async ({ page, context }) => {
  await signUp(context, server.url);
  await visit(page, `${server.url}/generate`);
  const before = page.getByRole("region", { name: "Before you generate" });
  await expect(before).toContainText("claude-sonnet-4-6");
  await expect(before).toContainText("Max. cost$");
  await expect(before).toContainText(/Rate: \d+ available now \(\d+\/min\)/);
  await expect(before).toContainText(/Daily budget: \$\d+\.\d\d left of \$100\.00 today/);
  await page.getByRole("button", { name: "Generate" }).click();
  await expect(page.getByRole("textbox", { name: "Persona" })).toHaveAttribute("aria-invalid", "true");
  await describeConversation(page);
  await expect(page.getByRole("textbox", { name: "Persona" }), "what was said ends with the edit").not.toHaveAttribute("aria-invalid");
  await numberField(page, "Turns").fill("9");
  await expect(page.getByText("Enter an even number of turns")).toBeVisible();
  await numberField(page, "Turns").fill("8");
  await page.getByRole("button", { name: "Generate" }).click();
  const result = page.getByRole("region", { name: "Result" });
  await expect(result).toContainText("Done: 8 turns are stored.");
  await expect(result.getByRole("listitem")).toHaveCount(8);
  await expect(result).toContainText(/\d\.\d of 10/);
  expect(await claude.requests()).toHaveLength(1);
  await visit(page, `${server.url}/ai/usage`);
  const attempt = page.getByRole("row").filter({ hasText: "claude-sonnet-4-6" });
  await expect(attempt).toContainText("Success");
  await attempt.getByRole("link", { name: "Conversation" }).click();
  await expect(page).toHaveURL(/\/conversations\//);
  await expect(page.locator(".turns > li")).toHaveCount(8);
  await visit(page, `${server.url}/generate`);
  await expect(page.getByRole("textbox", { name: "Topic" }), "what was typed stays").toHaveValue("Fixed or variable mortgage rate");
  await expect(result, "and so does what was paid for").toContainText("Last result");
  await expect(result.getByRole("listitem")).toHaveCount(8);
  const downloading = page.waitForEvent("download");
  await result.getByRole("button", { name: "Download JSON" }).click();
  expect((await downloading).suggestedFilename()).toMatch(/^conversation-.+\.json$/);
});

test("the last result that cannot be read is said, read by Retry, and forgotten once it does not exist", async ({ page, context, guard }) => {
  for (const status of [503, 404]) {
    guard.allowFailedRequest(/api\/conversations/, status);
  }
  await signUp(context, server.url);
  await visit(page, `${server.url}/generate`);
  await describeConversation(page);
  await page.getByRole("button", { name: "Generate" }).click();
  const result = page.getByRole("region", { name: "Result" });
  await expect(result).toContainText("turns are stored.");

  let failure: { status: number; code: string } | null = { status: 503, code: "database_unavailable" };
  await page.route("**/api/conversations/*-*", (route) =>
    failure === null ? route.fallback() : route.fulfill({ status: failure.status, json: { success: false, error: "It cannot be read.", requestId: "test", ...failure } }),
  );
  await visit(page, `${server.url}/generate`);
  await expect(result.getByRole("alert")).toContainText("It cannot be read.");
  failure = null;
  await result.getByRole("button", { name: "Retry" }).click();
  await expect(result).toContainText("Last result");

  failure = { status: 404, code: "not_found" };
  await visit(page, `${server.url}/generate`);
  const kept = () => page.evaluate(() => Object.keys(localStorage).filter((name) => name.startsWith("train.generated.")));
  await expect.poll(kept).toEqual([]);
  await expect(result).toContainText("Nothing generated yet");
});

test("an answer that is no conversation is not called done, and the log says so", async ({ page, context }) => {
  await signUp(context, server.url);
  await claude.script([{ kind: "text", text: "I would rather not say.", stop_reason: null }]);
  await visit(page, `${server.url}/generate`);
  await describeConversation(page);
  await page.getByRole("button", { name: "Generate" }).click();
  await expect(page.getByRole("region", { name: "Result" })).toContainText("No conversation: Claude’s answer could not be used. It was billed.");
  await visit(page, `${server.url}/ai/usage`);
  await expect(page.getByRole("row").filter({ hasText: "claude-sonnet-4-6" })).toContainText("Unusable answer");
  await page.getByRole("combobox", { name: "Result" }).selectOption("success");
  await expect(page.getByText("No attempt matches these filters.")).toBeVisible();
  await page.getByRole("combobox", { name: "Result" }).selectOption("unusable");
  await expect(page.getByText(/^On this page: 1 attempt, /)).toBeVisible();
});

test("turns grow while Claude writes them, and Stop ends it", async ({ page, context }) => {
  await signUp(context, server.url);
  await patchAi(context, { model: { streaming: true } }, {}, server.url);
  await claude.script([{ kind: "gated" }]);
  await visit(page, `${server.url}/generate`);
  await describeConversation(page);
  await page.getByRole("button", { name: "Generate" }).click();
  const result = page.getByRole("region", { name: "Result" });
  await expect(result).toContainText("claude-sonnet-4-6 is writing.");
  await claude.open(6);
  await expect(result).toContainText(/Writing turn \d/);
  const first = result.getByRole("listitem").first();
  await expect(first).toContainText("User");
  const early = (await first.innerText()).length;
  await claude.open(6);
  await expect.poll(async () => (await result.innerText()).length).toBeGreaterThan(early);
  await page.getByRole("button", { name: "Stop" }).click();
  await expect(result).toContainText("Stopped.");
  await expect(first, "what was read stays in sight").toBeVisible();
  await expect
    .poll(async () => {
      const log = await context.request.get(`${server.url}/api/ai-usage/log`);
      return (await log.json()).entries.map((entry: { status: string }) => entry.status);
    })
    .toEqual(["cancelled"]);
});

test("a retry is told, and then it works", async ({ page, context }) => {
  await signUp(context, server.url);
  await patchAi(context, { retryStrategy: { baseDelay: 500 } }, {}, server.url);
  await claude.script([{ kind: "status", status: 529, headers: {} }]);
  await visit(page, `${server.url}/generate`);
  await describeConversation(page);
  await page.getByRole("button", { name: "Generate" }).click();
  await expect(page.getByRole("region", { name: "Result" })).toContainText("turns are stored.");
  expect(await claude.requests()).toHaveLength(2);
});

test("a failure keeps the form and says what happened", async ({ page, context }) => {
  await signUp(context, server.url);
  await claude.accept(["sk-ant-another-key-than-ours-0000"]);
  await visit(page, `${server.url}/generate`);
  await describeConversation(page);
  await page.getByRole("button", { name: "Generate" }).click();
  const alert = page.getByRole("region", { name: "Result" }).getByRole("alert");
  await expect(alert).toContainText(/key/i);
  await expect(alert.getByRole("link", { name: "API keys" })).toHaveAttribute("href", "/ai/keys");
  await expect(page.getByRole("textbox", { name: "Persona" })).toHaveValue("First-time home buyer");
  await claude.accept(null);
  await page.getByRole("button", { name: "Generate" }).click();
  await expect(page.getByRole("region", { name: "Result" })).toContainText("turns are stored.");
});

test("a budget that is used up is told before and after, with the way to it", async ({ page, context }) => {
  await signUp(context, server.url);
  await patchAi(context, { costBudget: { dailyBudget: 0 } }, {}, server.url);
  await visit(page, `${server.url}/generate`);
  const before = page.getByRole("region", { name: "Before you generate" });
  await expect(before.getByRole("link", { name: "Budgets" })).toBeVisible();
  await describeConversation(page);
  await page.getByRole("button", { name: "Generate" }).click();
  const result = page.getByRole("region", { name: "Result" });
  await expect(result.getByRole("alert").getByRole("link", { name: "Budgets" })).toBeVisible();
  await expect(result).toContainText("You can try again in");
  expect(await claude.requests()).toEqual([]);
});

test("without a key the page says where to set one", async ({ page, context }) => {
  await signUp(context, keyless.url);
  await visit(page, `${keyless.url}/generate`);
  const before = page.getByRole("region", { name: "Before you generate" });
  await before.getByRole("link", { name: "API keys" }).click();
  await expect(page.getByText("A key is needed to generate.")).toBeVisible();
});

test("without a network nothing is asked, nothing is lost, and the next try works", async ({ page, context, guard }) => {
  guard.allowFailedRequest(/healthz|api\/(events|auth\/me|ai-configuration\/dry-run)/, /net::ERR_(INTERNET_DISCONNECTED|NETWORK_CHANGED|FAILED)/);
  await signUp(context, server.url);
  await visit(page, `${server.url}/generate`);
  await describeConversation(page);
  await context.setOffline(true);
  await page.getByRole("button", { name: "Generate" }).click();
  const result = page.getByRole("region", { name: "Result" });
  await expect(result.getByRole("alert")).toContainText("cannot be reached");
  await expect(page.getByRole("textbox", { name: "Topic" })).toHaveValue("Fixed or variable mortgage rate");
  expect(await claude.requests()).toHaveLength(0);
  await context.setOffline(false);
  await page.getByRole("button", { name: "Generate" }).click();
  await expect(result).toContainText("turns are stored.");
});
