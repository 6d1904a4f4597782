// Pictures of pages, in `pictures/`, to look at. Nothing is compared with them, so they are only taken when PICTURES=1 asks for them.
import type { Page } from "@playwright/test";
import path from "node:path";

const FOLDER = path.resolve(__dirname, "..", "..", "pictures");

/** Of the whole page, or of what the window shows. */
export async function picture(page: Page, name: string, fullPage = true): Promise<void> {
  if (process.env.PICTURES === "1") {
    await page.screenshot({ path: path.join(FOLDER, `${name}.png`), fullPage });
  }
}
