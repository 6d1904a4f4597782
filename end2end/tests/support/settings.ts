// The settings page as a person works with it, and what it sends.
import { type Locator, type Page, type Request, expect } from "@playwright/test";
import { visit } from "./fixtures";

const PREFERENCES = "/api/user-preferences";

/** One of the values of a bar of choices, such as Theme. */
export function choice(page: Page, setting: string, value: string): Locator {
  return page.getByRole("radiogroup", { name: setting, exact: true }).getByRole("radio", { name: value, exact: true });
}

export function switchOf(page: Page, setting: string): Locator {
  return page.getByRole("switch", { name: setting, exact: true });
}

export function numberField(page: Page, setting: string): Locator {
  return page.getByRole("spinbutton", { name: setting, exact: true });
}

export function slider(page: Page, setting: string): Locator {
  return page.getByRole("slider", { name: setting, exact: true });
}

export function rowsPerPage(page: Page): Locator {
  return page.getByRole("combobox", { name: "Rows per page", exact: true });
}

/** The one status that is read out. */
export function status(page: Page): Locator {
  return page.getByRole("banner").getByRole("status");
}

export async function saved(page: Page): Promise<void> {
  await expect(status(page)).toHaveText("Saved");
}

/** One save as it left the page. */
export interface Sent {
  body: Record<string, any>;
  /** The version that it was based on. */
  version: string | null;
  /** Its idempotency key. */
  id: string | null;
}

/** Every save that a page sends from now on. */
export function recordSaves(page: Page): Sent[] {
  const sent: Sent[] = [];
  page.on("request", (request) => {
    if (isSave(request)) {
      const headers = request.headers();
      sent.push({
        body: request.postDataJSON(),
        version: headers["if-match"] ?? null,
        id: headers["idempotency-key"] ?? null,
      });
    }
  });
  return sent;
}

export function isSave(request: Request): boolean {
  return request.method() === "PATCH" && new URL(request.url()).pathname === PREFERENCES;
}

/** Returns when everything that the page has sent so far was seen by the test: requests are reported in order. */
export async function noticed(page: Page): Promise<void> {
  await page.evaluate(() => fetch("/healthz").then((answer) => answer.text()));
}

/** A save that is in flight, held back until the test lets it go on. */
export interface HeldBack {
  /** Resolves when a save has reached the gate. */
  arrived: Promise<void>;
  release: () => void;
}

/** Holds back the next save; those after it pass. */
export async function holdNextSave(page: Page): Promise<HeldBack> {
  let release = () => {};
  let arrive = () => {};
  const gate = new Promise<void>((resolve) => (release = resolve));
  const arrived = new Promise<void>((resolve) => (arrive = resolve));
  let first = true;
  await page.route(`**${PREFERENCES}`, async (route) => {
    if (isSave(route.request()) && first) {
      first = false;
      arrive();
      await gate;
    }
    await route.continue();
  });
  return { arrived, release };
}

/** Keeps a page from learning of changes made elsewhere: no push, and no reading again. */
export async function deafen(page: Page): Promise<void> {
  await page.route("**/api/events*", () => {
    // Never answered: the stream stays "connecting".
  });
  await page.route(`**${PREFERENCES}`, async (route) => {
    if (route.request().method() !== "GET") {
      await route.fallback();
    }
    // A reading is never answered either.
  });
}

/** Visits a page whose timers run only when the test says so, by `page.clock.runFor`. */
export async function visitStopped(page: Page, address: string): Promise<void> {
  await stopClock(page);
  await visit(page, address);
}

/** Stops the timers of the pages that are visited from now on. */
export async function stopClock(page: Page): Promise<void> {
  // Before there is a page: while one runs, the moment to stop at may have passed before it is told.
  await page.clock.install({ time: new Date() });
  await page.clock.pauseAt(new Date(Date.now() + 60_000));
}
