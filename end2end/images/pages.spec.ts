// Takes a picture of each page.
import type { Page } from "@playwright/test";
import path from "node:path";
import { describeConversation } from "../tests/support/ai";
import { expect, test, visit } from "../tests/support/fixtures";

const IMAGES = path.resolve(__dirname, "..", "..", "docs", "images");

interface Pictured {
  name: string;
  address: string;
  /** What is done on the page before. */
  then?: (page: Page) => Promise<void>;
}

const tabs = (page: string, of: string[]): Pictured[] => of.map((tab) => ({ name: `${page}-${tab}`, address: `/${page}/${tab}` }));

const PAGES: Pictured[] = [
  { name: "home", address: "/" },
  {
    name: "generate",
    address: "/generate",
    then: async (page) => {
      await describeConversation(page);
      await page.getByRole("button", { name: "Generate" }).click();
      await expect(page.getByText(/turns are stored/)).toBeVisible();
      await page.evaluate(() => window.scrollTo(0, 0));
    },
  },
  { name: "conversations", address: "/conversations" },
  {
    name: "conversation",
    address: "/conversations",
    then: async (page) => {
      await page.getByRole("rowheader").getByRole("link").first().click();
      await expect(page.locator(".turns > li").first()).toBeVisible();
    },
  },
  { name: "review", address: "/review", then: (page) => expect(page.locator(".turns > li").first()).toBeVisible() },
  { name: "coverage", address: "/coverage" },
  { name: "datasets", address: "/datasets" },
  ...tabs("datasets", ["exports", "imports"]),
  {
    name: "export",
    address: "/conversations",
    then: async (page) => {
      await page.getByRole("button", { name: "Export…" }).click();
      await expect(page.getByRole("dialog", { name: "Export conversations" })).toContainText(/\d conversations\./);
    },
  },
  ...tabs("ai", ["model", "limits", "costs", "keys", "timeouts", "effective", "usage", "gateway"]),
  ...tabs("settings", ["display", "notifications", "filters", "export", "shortcuts", "quality", "account"]),
  ...tabs("organization", ["members", "defaults", "conversations"]),
  { name: "invitations", address: "/invitations" },
  { name: "notifications", address: "/notifications" },
  { name: "history", address: "/history" },
  ...tabs("database", ["overview", "tables", "indexes", "queries", "connections", "maintenance", "alerts", "report", "backups"]),
  ...tabs("admin", ["overview", "people", "organizations", "jobs", "mail", "log"]),
];

async function picture({ name, address, then }: Pictured, page: Page, look: string): Promise<void> {
  await visit(page, address);
  await then?.(page);
  // What is closed loads when it is opened.
  await expect(page.locator(".skeleton").filter({ visible: true }), "everything is there").toHaveCount(0);
  await page.evaluate(() => document.fonts.ready.then(() => undefined));
  await page.screenshot({ path: path.join(IMAGES, `${name}-${look}.png`), animations: "disabled" });
}

test.describe("somebody signed in", () => {
  test.use({ storageState: async ({}, use) => use(process.env.TRAIN_PICTURED_SESSION) });

  for (const page of PAGES) {
    test(page.name, async ({ page: shown }, info) => picture(page, shown, info.project.name));
  }
});

test.describe("a stranger", () => {
  for (const name of ["sign-in", "sign-up", "forgot-password"]) {
    test(name, async ({ page }, info) => picture({ name, address: `/${name}` }, page, info.project.name));
  }
});
