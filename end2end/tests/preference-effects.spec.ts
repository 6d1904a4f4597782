// Preferences act where people work: changed in the settings in one tab, seen in another one without a reload. Exports have no place yet.
import type { BrowserContext, Locator, Page } from "@playwright/test";
import { Stored, serverUrl } from "./support/accounts";
import { Api } from "./support/api";
import { store } from "./support/conversations";
import { expect, expectAt, test, visit } from "./support/fixtures";
import { choice, noticed, numberField, rowsPerPage, saved, switchOf } from "./support/settings";

/** Two tabs of one person: the table of conversations, and the settings. */
class Tabs {
  private constructor(
    readonly work: Page,
    readonly settings: Page,
    private readonly stored: Stored,
  ) {}

  static async open(work: Page, context: BrowserContext, tab: string): Promise<Tabs> {
    await visit(work, "/conversations");
    await work.evaluate(() => Object.assign(window, { isSame: true }));
    const settings = await context.newPage();
    await visit(settings, `/settings/${tab}`);
    return new Tabs(work, settings, new Stored(context.request));
  }

  root(): Locator {
    return this.work.locator("html");
  }

  titles(): Locator {
    return this.work.getByRole("region", { name: "List of conversations" }).getByRole("rowheader").getByRole("link");
  }

  chips(): Locator {
    return this.work.getByRole("group", { name: "Active filters" });
  }

  messages(): Locator {
    return this.work.getByRole("region", { name: "Messages" });
  }

  bell(name: string): Locator {
    return this.work.getByRole("button", { name: `Notifications, ${name}` });
  }

  /** Changes something, and returns when it is stored as it should be. */
  async change(path: string, value: unknown, act: () => Promise<void>): Promise<void> {
    await act();
    await expect.poll(() => this.stored.value(path)).toEqual(value);
  }

  async turn(name: string, path: string, on: boolean): Promise<void> {
    await this.change(path, on, () => switchOf(this.settings, name).click());
    await saved(this.settings);
  }

  async threshold(name: string, path: string, value: number): Promise<void> {
    const field = numberField(this.settings, name);
    await this.change(`qualityThresholds.${path}`, value, async () => {
      await field.fill(String(value));
      await field.press("Enter");
    });
  }

  async rebind(action: string, keys: string): Promise<void> {
    const recorder = this.settings.getByRole("button", { name: new RegExp(`^${action}: `) });
    await this.settings.bringToFront();
    await recorder.click();
    await this.settings.keyboard.press(keys);
    await saved(this.settings);
    await this.work.bringToFront();
  }

  async expectNoReload(): Promise<void> {
    expect(await this.work.evaluate(() => "isSame" in window), "no reload").toBe(true);
  }
}

test("theme, density, rows, sidebar and animations", async ({ page, context, account }) => {
  store(account.id, Array.from({ length: 11 }, (_, index) => ({ title: `Question ${index + 1}` })));
  const tabs = await Tabs.open(page, context, "display");
  await expect(tabs.titles()).toHaveCount(11);

  await choice(tabs.settings, "Theme", "Dark").click();
  await expect(tabs.root()).toHaveCSS("background-color", "rgb(15, 17, 21)");
  await choice(tabs.settings, "Theme", "Light").click();
  await expect(tabs.root()).toHaveCSS("background-color", "rgb(246, 247, 249)");

  const height = async () => (await tabs.titles().first().locator("xpath=ancestor::tr").boundingBox())?.height ?? 0;
  const comfortable = await height();
  await choice(tabs.settings, "Table density", "Compact").click();
  await expect.poll(height).toBeLessThan(comfortable);
  await choice(tabs.settings, "Table density", "Spacious").click();
  await expect.poll(height).toBeGreaterThan(comfortable);

  await rowsPerPage(tabs.settings).selectOption("10");
  await expect(tabs.titles()).toHaveCount(10);
  await rowsPerPage(tabs.settings).selectOption("50");
  await expect(tabs.titles()).toHaveCount(11);

  const sidebar = tabs.work.getByRole("button", { name: "Sidebar", exact: true });
  await expect(sidebar).toHaveAttribute("aria-expanded", "true");
  await switchOf(tabs.settings, "Collapse the sidebar").click();
  await expect(sidebar).toHaveAttribute("aria-expanded", "false");
  await expect(tabs.root()).toHaveAttribute("data-sidebar", "collapsed");

  const duration = () => tabs.work.getByRole("link", { name: "History" }).first().evaluate((link) => getComputedStyle(link).transitionDuration);
  expect(await duration()).not.toMatch(/^0s(, 0s)*$/);
  await switchOf(tabs.settings, "Animations").click();
  await expect.poll(duration).toMatch(/^0s(, 0s)*$/);
  await saved(tabs.settings);
  await tabs.expectNoReload();
});

test("default filters: statuses and scores, offered and then applied", async ({ page, context, account }) => {
  store(account.id, [
    { title: "A good one", status: "approved", score: 9 },
    { title: "A fair one", status: "approved", score: 5 },
    { title: "A new one", score: 9 },
  ]);
  const tabs = await Tabs.open(page, context, "filters");
  await expect(tabs.titles()).toHaveCount(3);
  await choice(tabs.settings, "Statuses", "Only these").click();
  const statuses = tabs.settings.getByRole("group", { name: "Statuses" }).getByRole("checkbox");
  await expect(statuses.first()).toBeChecked();
  await tabs.change("defaultFilters.status", ["approved"], async () => {
    for (const box of await statuses.all()) {
      if ((await box.getAttribute("value")) !== "approved") {
        await box.uncheck();
      }
    }
  });
  await expect(tabs.chips().getByRole("link", { name: "Apply my default filters" }), "asked for by nobody, they are offered").toBeVisible();
  await expect(tabs.titles()).toHaveCount(3);
  await tabs.turn("Apply automatically", "defaultFilters.autoApply", true);
  await expectAt(tabs.work, "/conversations?status=approved");
  await expect(tabs.chips()).toContainText("Your default filters");
  await expect(tabs.titles()).toHaveCount(2);

  // What is applied once is not applied again: the rest is offered.
  await new Stored(context.request).patch({ defaultFilters: { qualityRange: [8, 10] } });
  await tabs.chips().getByRole("link", { name: "Apply my default filters" }).click();
  await expect(tabs.titles()).toHaveText(["A good one"]);
  await tabs.expectNoReload();
});

test("the three thresholds mark scores", async ({ page, context, account }) => {
  store(account.id, [{ title: "A score of seven", score: 7 }]);
  const tabs = await Tabs.open(page, context, "quality");
  const score = tabs.work.locator("td .score");
  await expect(score).toHaveAttribute("data-outcome", "pending");
  await tabs.threshold("Auto-approval", "autoApproval", 7);
  await expect(score).toHaveAttribute("data-outcome", "approved");
  const colour = () => score.evaluate((element) => getComputedStyle(element).color);
  const approved = await colour();
  await tabs.threshold("Auto-approval", "autoApproval", 7.5);
  await expect(score).toHaveAttribute("data-outcome", "pending");
  await expect.poll(colour).not.toBe(approved);
  await tabs.threshold("Flagging", "flagging", 7.2);
  await expect(score).toHaveAttribute("data-outcome", "revision");
  await tabs.threshold("Minimum acceptable", "minimumAcceptable", 7.1);
  await expect(score).toHaveAttribute("data-outcome", "rejected");
  await tabs.expectNoReload();
});

test("a finished generation comes by the ways and for the events that are on", async ({ page, context, account }) => {
  void account;
  // It is approved: nothing else has to be said about it.
  await new Stored(context.request).patch({ qualityThresholds: { autoApproval: 0, flagging: 0, minimumAcceptable: 0 } });
  const generate = async () => {
    const body = { tier: "template" as const, persona: "A traveller", emotion: "calm", topic: "A late train", turns: 4 };
    await new Api(context.request, serverUrl()).post("/api/conversations/generate", { body });
  };
  const tabs = await Tabs.open(page, context, "notifications");
  const toast = tabs.messages().getByText(/^Conversation ready: /);
  const dismiss = async () => {
    await tabs.messages().getByRole("button", { name: "Dismiss" }).click();
    await expect(toast).toHaveCount(0);
  };
  await generate();
  await expect(tabs.bell("1 unread")).toBeVisible();
  await expect(toast).toBeVisible();
  await dismiss();

  await tabs.turn("Toasts", "notifications.toast", false);
  await generate();
  await expect(tabs.bell("2 unread")).toBeVisible();
  await expect(toast, "the bell alone").toHaveCount(0);
  await tabs.turn("Toasts", "notifications.toast", true);

  await tabs.turn("Generation complete", "notifications.categories.generationComplete", false);
  await generate();
  await tabs.turn("Generation complete", "notifications.categories.generationComplete", true);
  await generate();
  await expect(toast).toBeVisible();
  await expect(tabs.bell("3 unread"), "of the one in between nobody was told").toBeVisible();
  await dismiss();

  await tabs.turn("Generation complete in the bell", "notifications.events.generationComplete.inApp", false);
  await generate();
  await expect(toast, "a toast alone").toBeVisible();
  await expect(tabs.bell("3 unread")).toBeVisible();

  await tabs.turn("Notification centre", "notifications.inApp", false);
  await expect(tabs.work.getByRole("button", { name: /^Notifications,/ })).toHaveCount(0);
  await tabs.turn("Notification centre", "notifications.inApp", true);
  await expect(tabs.bell("3 unread")).toBeVisible();
  await tabs.expectNoReload();
});

test("shortcuts: each binding that acts in the table, and all of them off", async ({ page, context, account }) => {
  store(account.id, [{ title: "First" }, { title: "Second" }]);
  const tabs = await Tabs.open(page, context, "shortcuts");
  await expect(tabs.titles()).toHaveCount(2);
  const press = (keys: string) => tabs.work.keyboard.press(keys);
  // The other tab hears of a new binding a moment after it is stored.
  const once = (keys: string, holds: () => Promise<void>) =>
    expect(async () => {
      await press(keys);
      await holds();
    }).toPass({ timeout: 7_000 });
  await tabs.rebind("Next item", "j");
  await press("ArrowRight");
  await noticed(tabs.work);
  await expect(tabs.titles().first(), "the old key does nothing").not.toBeFocused();
  await press("j");
  await expect(tabs.titles().first()).toBeFocused();
  await press("j");
  await expect(tabs.titles().last()).toBeFocused();
  await tabs.rebind("Previous item", "k");
  await once("k", () => expect(tabs.titles().first()).toBeFocused({ timeout: 500 }));

  const selected = tabs.work.getByRole("region", { name: "Selected conversations" });
  await tabs.rebind("Select all rows", "Control+Shift+U");
  await once("Control+Shift+U", () => expect(selected).toBeVisible({ timeout: 500 }));
  await tabs.rebind("Clear selection", "Control+Shift+Y");
  await once("Control+Shift+Y", () => expect(selected).toBeHidden({ timeout: 500 }));

  const search = tabs.work.getByRole("dialog", { name: "Search" });
  await tabs.rebind("Open search", "Control+J");
  await once("Control+J", () => expect(search).toBeVisible({ timeout: 500 }));
  await press("Escape");
  await expect(search).toBeHidden();
  await tabs.turn("Keyboard shortcuts", "keyboardShortcuts.enabled", false);
  await tabs.work.bringToFront();
  await press("Control+J");
  await press("Control+Shift+U");
  await noticed(tabs.work);
  await expect(search).toBeHidden();
  await expect(selected).toBeHidden();
  await tabs.turn("Keyboard shortcuts", "keyboardShortcuts.enabled", true);
  await tabs.work.bringToFront();
  await press("Control+J");
  await expect(search).toBeVisible();
  await tabs.expectNoReload();
});
