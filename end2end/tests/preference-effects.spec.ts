// Preferences act where people work: changed in the settings in one tab, seen in another one without a reload.
import { Stored, serverUrl } from "./support/accounts";
import { describeConversation } from "./support/ai";
import { Api } from "./support/api";
import { store } from "./support/conversations";
import { expect, expectAt, test, visit } from "./support/fixtures";
import { choice, noticed, numberField, rowsPerPage, saved, switchOf } from "./support/settings";
import { Tabs } from "./support/tabs";

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

test("default filters: tiers, and both ends of the range of scores", async ({ page, context, account }) => {
  store(account.id, [
    { title: "Too low", tier: "scenario", score: 3 },
    { title: "Within", tier: "scenario", score: 7 },
    { title: "Too high", tier: "scenario", score: 9.5 },
    { title: "Another tier", score: 7 },
  ]);
  const tabs = await Tabs.open(page, context, "filters");
  await expect(tabs.titles()).toHaveCount(4);
  // Taken once, they are offered again when they have changed.
  const apply = tabs.chips().getByRole("link", { name: "Apply my default filters" });
  const take = async (address: RegExp) => {
    await expect(apply).toHaveAttribute("href", address);
    await apply.click();
    await expect(tabs.chips()).toContainText("Your default filters");
    await expect(apply).toHaveCount(0);
  };
  await choice(tabs.settings, "Tiers", "Only these").click();
  const tiers = tabs.settings.getByRole("group", { name: "Tiers" });
  await tabs.change("defaultFilters.tier", ["scenario"], async () => {
    await tiers.getByRole("checkbox", { name: "Template" }).uncheck();
    await tiers.getByRole("checkbox", { name: "Edge case" }).uncheck();
  });
  await take(/[?&]tier=scenario$/);
  await expectAt(tabs.work, "/conversations?tier=scenario");
  await expect(tabs.titles()).toHaveCount(3);

  const end = async (name: string, value: number, range: number[]) => {
    const field = numberField(tabs.settings, name);
    await tabs.change("defaultFilters.qualityRange", range, async () => {
      await field.fill(String(value));
      await field.press("Enter");
    });
  };
  await end("Lowest", 5, [5, 10]);
  await take(/[?&]scoreMin=5(&|$)/);
  await expect(tabs.titles()).toHaveCount(2);
  await expect(tabs.titles().filter({ hasText: "Too low" })).toHaveCount(0);
  await end("Highest", 9, [5, 9]);
  await take(/[?&]scoreMax=9(&|$)/);
  await expect(tabs.titles()).toHaveText(["Within"]);
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

test("thresholds that are applied to what is there change its status", async ({ page, context, account }) => {
  store(account.id, [
    { title: "Good enough now", score: 7 },
    { title: "For no trainer", score: 7, failures: [{ rule: "ends_with_user" }] },
    { title: "Decided by a person", score: 3, status: "approved" },
  ]);
  const tabs = await Tabs.open(page, context, "quality");
  const row = (title: string) => tabs.work.getByRole("row").filter({ hasText: title });
  await expect(row("Good enough now")).toContainText("Generated");
  await expect(row("For no trainer")).toContainText("Generated");
  await tabs.threshold("Auto-approval", "autoApproval", 7);
  await tabs.settings.getByRole("button", { name: "Apply to existing conversations…" }).click();
  const question = tabs.settings.getByRole("dialog", { name: "Apply your thresholds to existing conversations?" });
  await expect(question).toContainText("1: Generated → Approved");
  await expect(question, "the gate is stronger").toContainText("1: Generated → Pending review");
  await question.getByRole("button", { name: "Apply", exact: true }).click();
  await expect(question).toBeHidden();
  await expect(row("Good enough now")).toContainText("Approved");
  await expect(row("For no trainer")).toContainText("Pending review");
  await expect(row("Decided by a person"), "what a person decided stays").toContainText("Approved");
  await tabs.expectNoReload();
});

test("what is generated gets its status by the thresholds as they are then", async ({ page, context, account }) => {
  void account;
  const tabs = await Tabs.open(page, context, "quality", { at: "/generate" });
  await describeConversation(tabs.work);
  // Fewer than are best for the tier: it is good, and not perfect.
  await numberField(tabs.work, "Turns").fill("4");
  const result = tabs.work.getByRole("region", { name: "Result" });
  const generate = async (status: string) => {
    await tabs.work.getByRole("button", { name: "Generate" }).click();
    await expect(result.getByText(status, { exact: true })).toBeVisible();
  };
  await tabs.threshold("Auto-approval", "autoApproval", 10);
  await tabs.threshold("Minimum acceptable", "minimumAcceptable", 0);
  await tabs.threshold("Flagging", "flagging", 0);
  await generate("Pending review");
  await tabs.threshold("Flagging", "flagging", 10);
  await generate("Needs revision");
  await tabs.threshold("Minimum acceptable", "minimumAcceptable", 10);
  await generate("Rejected");
  await tabs.threshold("Minimum acceptable", "minimumAcceptable", 0);
  await tabs.threshold("Flagging", "flagging", 0);
  await tabs.threshold("Auto-approval", "autoApproval", 0);
  await generate("Approved");
  await tabs.expectNoReload();
});

test("what is below the minimum is left out of an export, also of one that is being asked for", async ({ page, context, account }) => {
  store(account.id, [{ title: "Weak", score: 5 }, { title: "Good", score: 9 }]);
  const tabs = await Tabs.open(page, context, "quality");
  await tabs.work.bringToFront();
  await tabs.work.getByRole("button", { name: "Export…" }).click();
  const dialog = tabs.work.getByRole("dialog", { name: "Export conversations" });
  await expect(dialog.getByRole("status")).toHaveText("2 conversations.");
  await tabs.threshold("Minimum acceptable", "minimumAcceptable", 5.5);
  await expect(dialog).toContainText("1 of 2 conversations.");
  await expect(dialog).toContainText("1 is below the minimum score.");
  await tabs.threshold("Minimum acceptable", "minimumAcceptable", 5);
  await expect(dialog.getByRole("status")).toHaveText("2 conversations.");
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

test("exports: format, contents and compression, but for what was chosen in the open dialog", async ({ page, context, account }) => {
  store(account.id, [{ title: "First" }, { title: "Second" }]);
  const tabs = await Tabs.open(page, context, "export");
  await tabs.work.bringToFront();
  await tabs.work.getByRole("button", { name: "Export…" }).click();
  await expect(tabs.work.getByRole("dialog", { name: "Export conversations" }).getByRole("status")).toHaveText("2 conversations.");
  const format = (name: string) => choice(tabs.work, "Format", name);
  await expect(format("JSON")).toBeChecked();
  const prefer = (label: string, value: string) =>
    tabs.change("exportPreferences.defaultFormat", value, () => choice(tabs.settings, "Default format", label).click());
  await prefer("Markdown", "markdown");
  await expect(format("Markdown")).toBeChecked();
  for (const [setting, path, part, on] of [
    ["Include metadata", "includeMetadata", "Descriptions", false],
    ["Include quality scores", "includeQualityScores", "Quality scores", false],
    ["Include timestamps", "includeTimestamps", "Timestamps", false],
    ["Include approval history", "includeApprovalHistory", "Approval history", true],
  ] as const) {
    await expect(switchOf(tabs.work, part)).toBeChecked({ checked: !on });
    await tabs.turn(setting, `exportPreferences.${path}`, on);
    await expect(switchOf(tabs.work, part)).toBeChecked({ checked: on });
  }

  const packs = switchOf(tabs.work, "Compress with gzip");
  await expect(packs).not.toBeChecked();
  const threshold = numberField(tabs.settings, "Compression threshold");
  await tabs.change("exportPreferences.autoCompressionThreshold", 2, async () => {
    await threshold.fill("2");
    await threshold.press("Enter");
  });
  await expect(packs).toBeChecked();
  await tabs.turn("Compress large exports", "exportPreferences.autoCompression", false);
  await expect(packs).not.toBeChecked();

  await format("JSONL").click();
  await switchOf(tabs.work, "Timestamps").click();
  await prefer("CSV", "csv");
  await tabs.turn("Include timestamps", "exportPreferences.includeTimestamps", true);
  await tabs.turn("Include timestamps", "exportPreferences.includeTimestamps", false);
  await tabs.turn("Include metadata", "exportPreferences.includeMetadata", true);
  await expect(switchOf(tabs.work, "Descriptions"), "the last change has come").toBeChecked();
  await expect(format("JSONL"), "chosen by hand").toBeChecked();
  await expect(switchOf(tabs.work, "Timestamps"), "chosen by hand").toBeChecked();
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

  const exporting = tabs.work.getByRole("dialog", { name: "Export conversations" });
  await press("Control+E");
  await expect(exporting).toBeVisible();
  await press("Escape");
  await expect(exporting).toBeHidden();
  await tabs.rebind("Export", "Control+Shift+E");
  await once("Control+Shift+E", () => expect(exporting).toBeVisible({ timeout: 500 }));
  await press("Escape");
  await expect(exporting).toBeHidden();

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
  await press("Escape");
  await expect(search).toBeHidden();
  await tabs.rebind("Go to History", "h");
  const place = () => new URL(tabs.work.url()).pathname;
  await once("h", () => expect.poll(place, { timeout: 500 }).toBe("/history"));
  await tabs.expectNoReload();
});

test("shortcuts of a review: rejecting and commenting by other keys", async ({ page, context, account }) => {
  store(account.id, [{ title: "First", status: "pending_review" }, { title: "Second", status: "pending_review" }]);
  const tabs = await Tabs.open(page, context, "shortcuts", { at: "/review" });
  const heading = tabs.work.getByRole("main").getByRole("heading", { level: 2 }).first();
  await expect(heading).toHaveText(/^(First|Second)$/);
  const [shown, next] = (await heading.innerText()).trim() === "First" ? ["First", "Second"] : ["Second", "First"];
  await tabs.rebind("Reject", "z");
  await tabs.rebind("Write a comment", "w");
  await expect(tabs.work.getByRole("button", { name: /^Reject/ }).locator("kbd")).toHaveText("Z");
  const comment = tabs.work.getByRole("textbox", { name: "Comment" });
  // The other tab hears of a new binding a moment after it is stored.
  await expect(async () => {
    await tabs.work.keyboard.press("w");
    await expect(comment).toBeFocused({ timeout: 500 });
  }).toPass({ timeout: 7_000 });
  await tabs.work.keyboard.press("Escape");
  await expect(heading).toBeFocused();
  await tabs.work.keyboard.press("c");
  await tabs.work.keyboard.press("r");
  await noticed(tabs.work);
  await expect(comment, "the old key does nothing").not.toBeFocused();
  await expect(heading, "nor does this one").toHaveText(shown);
  await tabs.work.keyboard.press("z");
  await expect(heading).toHaveText(next);
  await expect(tabs.work.getByRole("status").filter({ hasText: "Rejected. 1 left." })).toBeAttached();
  await tabs.expectNoReload();
});
