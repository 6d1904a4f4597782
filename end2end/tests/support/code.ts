// The code of a page, which comes when somebody begins to use it.
import type { Page } from "@playwright/test";

export const CODE = /\/pkg\/.*\.(js|wasm)$/;

/** Holds back the code of a page until the test lets it go. */
export async function holdCode(page: Page): Promise<() => void> {
  let letGo = () => {};
  const gate = new Promise<void>((resolve) => (letGo = resolve));
  await page.route(CODE, async (route) => {
    await gate;
    await route.continue();
  });
  return letGo;
}

/** Whether the page reacts already. */
export function isAlive(page: Page): Promise<boolean> {
  return page.evaluate(() => "hydrated" in document.documentElement.dataset);
}
