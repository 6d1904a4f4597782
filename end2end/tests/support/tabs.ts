// Two tabs of one person: one to work in, and the settings.
import type { BrowserContext, Locator, Page } from "@playwright/test";
import { Stored, serverUrl } from "./accounts";
import { expect, visit } from "./fixtures";
import { choice, numberField, saved, switchOf } from "./settings";

/** The table of conversations or another page, and the settings. */
export class Tabs {
  private constructor(
    readonly work: Page,
    readonly settings: Page,
    private readonly stored: Stored,
  ) {}

  static async open(work: Page, context: BrowserContext, tab: string, { at = "/conversations", url = serverUrl() } = {}): Promise<Tabs> {
    await visit(work, `${url}${at}`);
    await work.evaluate(() => Object.assign(window, { isSame: true }));
    const settings = await context.newPage();
    await visit(settings, `${url}/settings/${tab}`);
    return new Tabs(work, settings, new Stored(context.request, url));
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

  async choose(setting: string, label: string, path: string, value: string): Promise<void> {
    await this.change(path, value, () => choice(this.settings, setting, label).click());
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
