// The code of a page, which comes when somebody begins to use it.
import type { Page } from "@playwright/test";

export const CODE = /\/pkg\/.*\.(js|wasm)$/;

/** Holds back the code of a page until the test releases it. */
export async function holdCode(page: Page): Promise<() => void> {
  let release = () => {};
  const gate = new Promise<void>((resolve) => (release = resolve));
  await page.route(CODE, async (route) => {
    await gate;
    await route.continue();
  });
  return release;
}

/** The line at the top of the window, which says that something is on its way once that takes long. */
export function waitingLine(page: Page): Promise<string> {
  return page.evaluate(() => {
    const { content, visibility } = getComputedStyle(document.body, "::before");
    return content === "none" ? "none" : visibility;
  });
}

/** Whether the page reacts already. */
export function isHydrated(page: Page): Promise<boolean> {
  return page.evaluate(() => "hydrated" in document.documentElement.dataset);
}

/**
 * Waits until the browser has nothing else to do. Chromium may still expect a frame that nothing on a page at rest asks for, and
 * would be idle only after it; so one is asked for.
 */
export function idle(page: Page): Promise<void> {
  return page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestIdleCallback(() => resolve()))));
}
