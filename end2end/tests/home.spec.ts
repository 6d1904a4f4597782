// The first page: a new installation leads to its first account, then says what to do, and sees what is done.
import { somebody } from "./support/accounts";
import { Api } from "./support/api";
import { Claude } from "./support/claude";
import { expect, expectAt, hydrate, test, visit } from "./support/fixtures";
import { KEY, TrainServer } from "./support/server";

// An installation of its own, in which nobody has an account and no key is set.
test.describe.configure({ mode: "serial" });

let claude: Claude;
let server: TrainServer;

test.beforeAll(async () => {
  test.setTimeout(120_000);
  claude = await Claude.start();
  server = await TrainServer.start({ claude: claude.url, keyless: true });
});

test.afterAll(async () => {
  await server?.stop();
  await claude?.stop();
});

test("a new installation leads to signing up, says what to do first, and sees it done", async ({ page, context }) => {
  test.setTimeout(60_000);
  const person = somebody("First Person");
  await page.goto(`${server.url}/`);
  await expectAt(page, "/sign-up");
  await page.getByRole("textbox", { name: "Name", exact: true }).fill(person.name);
  await page.getByRole("textbox", { name: "E-mail" }).fill(person.email);
  await page.getByLabel("Password", { exact: true }).fill(person.password);
  await page.getByRole("button", { name: "Create account" }).click();
  await expect(page.getByRole("heading", { name: "Home", level: 1 })).toBeVisible();
  await expect(page).toHaveURL(`${server.url}/`);

  const steps = page.getByRole("region", { name: "First steps" });
  const step = (title: string) => steps.getByRole("listitem").filter({ hasText: title });
  await expect(steps).toContainText("0 of 6 done");
  for (const [title, address] of [
    ["Add a Claude API key", "/ai/keys"],
    ["Generate the first conversation", "/generate"],
    ["Set a budget", "/ai/costs"],
    ["Invite people", "/organization/members"],
    ["Turn on backups", "/database/backups"],
    ["Set up mail", "/admin/mail"],
  ] as const) {
    await expect(step(title)).toContainText("To do");
    await expect(step(title).getByRole("link", { name: title })).toHaveAttribute("href", address);
  }
  const figure = (title: string) => page.getByRole("region", { name: title, exact: true }).locator(".home-figure");
  await expect(figure("Conversations")).toHaveText("0");

  const api = new Api(context.request, server.url);
  await test.step("a key that is stored elsewhere is seen at once", async () => {
    await hydrate(page);
    await api.post("/api/ai-configuration/rotate-key", { body: { newPrimaryKey: KEY } });
    await expect(step("Add a Claude API key")).toContainText("Done");
    await expect(steps).toContainText("1 of 6 done");
  });

  await test.step("a conversation is a step and a figure", async () => {
    const body = { tier: "template", persona: "A customer", emotion: "calm", topic: "An invoice", turns: 4 } as const;
    await api.post("/api/conversations/generate", { body });
    await visit(page, `${server.url}/`);
    await expect(step("Generate the first conversation")).toContainText("Done");
    await expect(figure("Conversations")).toHaveText("1");
    await expect(figure("Spent today")).toHaveText(/^\$\d+\.\d*[1-9]\d*$/);
    const today = page.getByRole("region", { name: "Spent today" });
    await expect(today.getByText(/ of \$100\.00 · \$\d+\.\d\d left/).first()).toBeVisible();
    await expect(today).not.toContainText("$0.00 of");
  });
});

test("the list of steps is closed by hand and stays so in this browser", async ({ page, context }) => {
  const person = somebody("Second Person");
  const { email, password, name } = person;
  await new Api(context.request, server.url).post("/api/auth/sign-up", { body: { email, password, displayName: name } });
  await visit(page, `${server.url}/`);
  const steps = page.getByRole("region", { name: "First steps" });
  await expect(steps.getByRole("listitem"), "a member without those of administrators").toHaveCount(3);
  await steps.getByText("First steps").click();
  await expect(steps.getByRole("listitem").first()).toBeHidden();
  await page.reload();
  await expect(steps).toContainText("of 3 done");
  await expect(steps.getByRole("listitem").first(), "as the server sends it").toBeHidden();
  await hydrate(page);
  await steps.getByText("First steps").click();
  await expect(steps.getByRole("listitem").first()).toBeVisible();
  await page.reload();
  await expect(steps.getByRole("listitem").first()).toBeVisible();
  await expect(page.getByRole("region", { name: "Open alerts" })).toHaveCount(0);
});
