// What every spec starts from: a fresh account, a page signed in to it, and a guard on the console.
import { type BrowserContext, type Page, expect, test as base } from "@playwright/test";
import { type Account, Stored, serverUrl, signIn, signUp } from "./accounts";
import { Guard } from "./guard";

export { expect } from "@playwright/test";

interface Fixtures {
  /** Whether pages fetch the code of others ahead, which otherwise no test waits for or reckons with. */
  readsAhead: boolean;
  /** On for every test; a test that makes requests fail tells it which. */
  guard: Guard;
  /** A new account; the test's context, and so `page`, is signed in to it. */
  account: Account;
  /** What is stored for `account`. */
  stored: Stored;
  /** Another browser with nothing in common but, if asked for, the account. */
  otherBrowser: (account?: Account, url?: string) => Promise<BrowserContext>;
}

/** As a browser that saves data: its pages fetch nothing ahead. */
async function saveData(context: BrowserContext): Promise<void> {
  await context.addInitScript(() => Object.defineProperty(navigator, "connection", { value: { saveData: true } }));
}

export const test = base.extend<Fixtures>({
  readsAhead: [false, { option: true }],
  baseURL: async ({}, use) => use(serverUrl()),
  guard: [
    async ({ context, readsAhead }, use) => {
      if (!readsAhead) {
        await saveData(context);
      }
      const guard = new Guard();
      guard.watch(context);
      await use(guard);
      guard.check();
    },
    { auto: true },
  ],
  account: async ({ context }, use) => use(await signUp(context)),
  stored: async ({ account, context }, use) => {
    void account;
    await use(new Stored(context.request));
  },
  otherBrowser: async ({ browser, contextOptions, guard }, use) => {
    const opened: BrowserContext[] = [];
    await use(async (account, url = serverUrl()) => {
      const context = await browser.newContext({ ...contextOptions, baseURL: url });
      await saveData(context);
      guard.watch(context);
      opened.push(context);
      if (account !== undefined) {
        await signIn(context, account, url);
      }
      return context;
    });
    await Promise.all(opened.map((context) => context.close()));
  },
});

/**
 * Waits until a page is at an address: path and search, and the hash where one is given. All of it, because the end of an address
 * may also stand in another one, as in `/sign-in/code?next=/settings/account`.
 */
export async function expectAt(page: Page, address: string, message?: string): Promise<void> {
  const here = () => {
    const { pathname, search, hash } = new URL(page.url());
    return pathname + search + (address.includes("#") ? hash : "");
  };
  await expect.poll(here, { message, intervals: [20, 50, 100, 250, 500] }).toBe(address);
}

/** Goes to a page and waits until it is hydrated. */
export async function visit(page: Page, address: string): Promise<void> {
  await page.goto(address);
  await hydrate(page);
}

/** Begins to use the page, as a person does, and waits until it reacts: its code is only fetched then (tests/hydration.spec.ts). */
export async function hydrate(page: Page): Promise<void> {
  await page.mouse.move(1, 1);
  await page.mouse.move(2, 1);
  await hydrated(page);
}

/** Cuts the network. The browser fetches a page's icon when it likes: it has that before, in its cache. */
export async function cutNetwork(page: Page): Promise<void> {
  await page.evaluate(() => fetch("/favicon.svg").then((answer) => answer.blob()));
  await page.context().setOffline(true);
}

/** Waits until the page reacts, without touching it. */
export async function hydrated(page: Page): Promise<void> {
  await page.locator("html[data-hydrated]").waitFor({ state: "attached" });
}
