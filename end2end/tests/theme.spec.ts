// Behaviour 7: the first frame has the right colours, however late the script comes; `system` follows the operating system.
import type { Page } from "@playwright/test";
import { expect, hydrate, test, visit } from "./support/fixtures";
import { choice, saved } from "./support/settings";

const LIGHT = "rgb(246, 247, 249)";
const DARK = "rgb(15, 17, 21)";

/** Writes down the page's background at every frame from its first on. */
async function recordFrames(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const frames: string[] = [];
    Object.assign(window, { frames });
    const look = () => {
      // Until the style sheet is there the browser paints nothing.
      if (document.body !== null && document.styleSheets.length > 0) {
        frames.push(getComputedStyle(document.documentElement).backgroundColor);
      }
      requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  });
}

function frames(page: Page): Promise<string[]> {
  return page.evaluate(() => [...new Set((window as unknown as { frames: string[] }).frames)]);
}

/** Holds back the script of the page. */
async function holdScript(page: Page): Promise<() => void> {
  let release = () => {};
  const gate = new Promise<void>((resolve) => (release = resolve));
  await page.route(/\.(wasm|js)(\?.*)?$/, async (route) => {
    await gate;
    await route.continue();
  });
  return release;
}

for (const { chosen, system, background } of [
  { chosen: "dark", system: "light", background: DARK },
  { chosen: "light", system: "dark", background: LIGHT },
  { chosen: "system", system: "dark", background: DARK },
  { chosen: "system", system: "light", background: LIGHT },
] as const) {
  test(`${chosen} on a ${system} system: right before the script has come, and never wrong`, { tag: "@phone" }, async ({ page, stored }) => {
    await stored.patch({ theme: chosen });
    await page.emulateMedia({ colorScheme: system });
    await recordFrames(page);
    const release = await holdScript(page);
    await page.goto("/settings/display", { waitUntil: "commit" });
    await expect(page.getByRole("heading", { name: "Settings", level: 1 })).toBeVisible();
    expect(await backgroundOnScreen(page), "before the script").toBe(background);
    release();
    await hydrate(page);
    expect(await frames(page)).toEqual([background]);
  });
}

test("system follows the operating system while the page is open", async ({ page, account }) => {
  void account;
  await page.emulateMedia({ colorScheme: "light" });
  await visit(page, "/settings/display");
  await expect(page.locator("html")).toHaveCSS("background-color", LIGHT);
  await page.emulateMedia({ colorScheme: "dark" });
  await expect(page.locator("html")).toHaveCSS("background-color", DARK);
  await page.emulateMedia({ colorScheme: "light" });
  await expect(page.locator("html")).toHaveCSS("background-color", LIGHT);
});

test("a chosen theme does not follow the operating system", async ({ page, account }) => {
  void account;
  await page.emulateMedia({ colorScheme: "dark" });
  await visit(page, "/settings/display");
  await choice(page, "Theme", "Light").click();
  await expect(page.locator("html")).toHaveCSS("background-color", LIGHT);
  await saved(page);
  await page.emulateMedia({ colorScheme: "light" });
  await page.emulateMedia({ colorScheme: "dark" });
  await expect(page.locator("html")).toHaveCSS("background-color", LIGHT);
});

test("the browser's own parts follow the theme", async ({ page, stored }) => {
  await stored.patch({ theme: "dark" });
  await page.emulateMedia({ colorScheme: "light" });
  await visit(page, "/settings/display");
  await expect(page.locator("html")).toHaveCSS("color-scheme", "dark");
});

/** The colour of the page's lower right corner, as it is on the screen. */
async function backgroundOnScreen(page: Page): Promise<string> {
  const size = page.viewportSize() ?? { width: 1280, height: 720 };
  const shot = await page.screenshot({ clip: { x: size.width - 3, y: size.height - 3, width: 1, height: 1 } });
  return page.evaluate(async (data) => {
    const bytes = Uint8Array.from(atob(data), (sign) => sign.charCodeAt(0));
    const picture = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
    const canvas = new OffscreenCanvas(1, 1).getContext("2d");
    canvas?.drawImage(picture, 0, 0);
    const [red, green, blue] = canvas?.getImageData(0, 0, 1, 1).data ?? [];
    return `rgb(${red}, ${green}, ${blue})`;
  }, shot.toString("base64"));
}
