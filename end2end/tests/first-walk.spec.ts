// The first walk through a new installation, by somebody who knows nothing but its address: each step is found by what the
// pages say, by links, labels, hints and examples. Where a page does not lead on, this fails.
import type { Locator, Page } from "@playwright/test";
import { somebody } from "./support/accounts";
import { saveBar, saveButton } from "./support/ai";
import { Claude } from "./support/claude";
import { expect, hydrate, test } from "./support/fixtures";
import { KEY, TrainServer } from "./support/server";
import { numberField, switchOf } from "./support/settings";

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

/** From here on nobody types an address. */
function forbidAddresses(page: Page): void {
  page.goto = () => Promise.reject(new Error("This walk goes by what the pages show."));
}

/** Fills in a field with the example that it shows. */
async function fillWithExample(field: Locator): Promise<void> {
  const example = await field.getAttribute("placeholder");
  expect(example, "the field shows an example").toBeTruthy();
  await field.fill(example!);
}

test("from the address of a new installation to the first backup, led by the pages alone", async ({ page }) => {
  test.setTimeout(120_000);
  const person = somebody("First Person");
  const main = page.getByRole("main");
  const steps = page.getByRole("region", { name: "First steps" });
  const step = (title: string) => steps.getByRole("listitem").filter({ hasText: title });

  /** Goes home by the navigation, and from there where a step leads. */
  const take = async (title: string, heading: string | RegExp) => {
    await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Home", exact: true }).click();
    await expect(page.getByRole("heading", { name: "Home", level: 1 })).toBeVisible();
    await expect(step(title)).toContainText("To do");
    await step(title).getByRole("link", { name: title, exact: true }).click();
    await expect(page.getByRole("heading", { name: heading, level: 1 })).toBeVisible();
  };
  /** The list of steps has seen it. */
  const done = async (title: string) => {
    await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Home", exact: true }).click();
    await expect(step(title)).toContainText("Done");
  };

  await page.goto(server.url);
  forbidAddresses(page);

  await test.step("the account: the first page is the form that makes it", async () => {
    await hydrate(page);
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    await page.getByRole("textbox", { name: "Name", exact: true }).fill(person.name);
    await page.getByRole("textbox", { name: "E-mail" }).fill(person.email);
    await page.getByLabel("Password", { exact: true }).fill(person.password);
    await page.getByRole("button", { name: "Create account" }).click();
    await expect(page.getByRole("heading", { name: "Home", level: 1 })).toBeVisible();
    await hydrate(page);
    await expect(steps).toContainText("0 of 6 done");
  });

  await test.step("the key: the page says where one is had", async () => {
    await take("Add a Claude API key", "AI configuration");
    await page.getByRole("button", { name: "Add key…" }).click();
    const dialog = page.getByRole("dialog", { name: "Add an API key" });
    await expect(dialog).toContainText("From the Claude console. It starts with sk-ant-");
    await dialog.getByLabel("New key").fill(KEY);
    await dialog.getByRole("button", { name: "Save key" }).click();
    await expect(dialog).toBeHidden();
    await expect(page.getByRole("region", { name: "Stored keys" }).getByRole("listitem")).toHaveCount(1);
    await done("Add a Claude API key");
  });

  await test.step("the first conversation: what is not optional has an example", async () => {
    await take("Generate the first conversation", "Generate");
    for (const field of ["Persona", "Emotion", "Topic"]) {
      await fillWithExample(main.getByRole("textbox", { name: field }));
    }
    await main.getByRole("button", { name: "Generate" }).click();
    await expect(page.getByRole("region", { name: "Result" })).toContainText(/Done: \d+ turns are stored\./);
    await done("Generate the first conversation");
  });

  await test.step("a budget", async () => {
    await take("Set a budget", "AI configuration");
    await numberField(page, "Daily budget").fill("50");
    await saveButton(page).click();
    await expect(saveBar(page)).toContainText("Saved.");
    await done("Set a budget");
  });

  await test.step("an invitation", async () => {
    await take("Invite people", /./);
    const form = page.getByRole("region", { name: "Invite a member" });
    await fillWithExample(form.getByRole("textbox", { name: "E-mail" }));
    await form.getByRole("button", { name: "Send invitation" }).click();
    await expect(page.getByRole("region", { name: "Pending invitations" }).getByRole("listitem")).toHaveCount(1);
    await done("Invite people");
  });

  await test.step("backups: every night, and one at once", async () => {
    await take("Turn on backups", /./);
    const schedule = page.getByRole("region", { name: "Schedule" });
    await switchOf(page, "Scheduled backups").click();
    await schedule.getByRole("button", { name: "Save schedule" }).click();
    await expect(schedule).toContainText("Schedule saved.");
    const list = page.getByRole("region", { name: "Backups" });
    await list.getByRole("button", { name: "Back up now" }).click();
    await expect(list.getByRole("listitem").first()).toContainText("Verified", { timeout: 60_000 });
    await done("Turn on backups");
  });

  await test.step("what is left is said, and where", async () => {
    await expect(steps).toContainText("5 of 6 done");
    await expect(step("Set up mail")).toContainText("The page says what is missing.");
    await step("Set up mail").getByRole("link", { name: "Set up mail", exact: true }).click();
    await expect(main).toContainText("To turn it on, restart the server after this");
  });
});
