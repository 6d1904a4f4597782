// Every page and overlay that a person can come across, for tests that hold for all of them.
import { type BrowserContext, type Page, expect } from "@playwright/test";
import { serverUrl, signUp, Stored } from "./accounts";
import { visit } from "./fixtures";

export interface Place {
  /** Also the name of its picture. */
  name: string;
  address: string;
  /** For somebody who is not signed in. */
  signedOut?: boolean;
  /** What opens on the page, or is wrong on it. */
  then?: (page: Page) => Promise<void>;
}

const section = (name: string): Place => ({ name: `settings-${name}`, address: `/settings/${name}` });

export const PLACES: Place[] = [
  { name: "sign-in", address: "/sign-in", signedOut: true },
  {
    name: "sign-in-refused",
    address: "/sign-in",
    signedOut: true,
    then: async (page) => {
      await page.getByRole("button", { name: "Sign in" }).click();
      await expect(page.getByLabel("Password", { exact: true })).toHaveAttribute("aria-invalid", "true");
    },
  },
  { name: "sign-up", address: "/sign-up", signedOut: true },
  ...["display", "notifications", "filters", "export", "shortcuts", "quality", "account"].map(section),
  {
    name: "settings-search",
    address: "/settings/display",
    then: async (page) => {
      await page.getByRole("searchbox", { name: "Search settings" }).fill("export");
      await expect(page.getByRole("status").filter({ hasText: "settings" })).toBeVisible();
    },
  },
  {
    name: "settings-wrong-value",
    address: "/settings/quality",
    then: async (page) => {
      await page.getByRole("spinbutton", { name: "Flagging", exact: true }).fill("9.9");
      await expect(page.getByText(/must be at most/)).toBeVisible();
    },
  },
  {
    name: "reset-dialog",
    address: "/settings/display",
    then: async (page) => {
      await page.getByRole("button", { name: "Reset section" }).click();
      await expect(page.getByRole("dialog", { name: "Reset display?" })).toBeVisible();
    },
  },
  {
    name: "search-dialog",
    address: "/settings/display",
    then: async (page) => {
      await page.getByRole("button", { name: /^Search/ }).click();
      await expect(page.getByRole("dialog", { name: "Search" }).getByRole("link").first()).toBeVisible();
    },
  },
  {
    name: "shortcut-list",
    address: "/settings/display",
    then: async (page) => {
      await page.getByRole("main").focus();
      await page.keyboard.press("?");
      await expect(page.getByRole("dialog", { name: "Keyboard shortcuts" })).toBeVisible();
    },
  },
  {
    name: "user-menu",
    address: "/settings/display",
    then: async (page) => {
      await page.getByRole("button", { name: /^Account of / }).click();
      await expect(page.getByRole("button", { name: "Sign out" })).toBeVisible();
    },
  },
  { name: "history", address: "/history" },
  { name: "history-of-one", address: "/history?path=theme" },
  { name: "history-empty", address: "/history?path=exportPreferences.includeMetadata" },
  { name: "organization-members", address: "/organization/members" },
  { name: "organization-defaults", address: "/organization/defaults" },
  { name: "not-found", address: "/no/such/page" },
];

/** Signs the context up as somebody with an organization, changed preferences and a history. */
export async function furnish(context: BrowserContext): Promise<void> {
  await signUp(context, serverUrl(), "Annegret Longname-Meadows");
  const made = await context.request.post(`${serverUrl()}/api/organizations`, {
    data: { name: "Annotation team" },
    headers: { origin: serverUrl() },
  });
  // The very first account has one already.
  expect([201, 409]).toContain(made.status());
  const stored = new Stored(context.request);
  await stored.patch({ tableDensity: "compact", rowsPerPage: 10 });
  await stored.patch({ defaultFilters: { tier: ["template", "edge_case"] }, qualityThresholds: { autoApproval: 9.1 } });
  await stored.patch({ theme: "dark", keyboardShortcuts: { customBindings: { openSearch: "Ctrl+Shift+F", approve: "none" } } });
  await stored.patch({ theme: null });
}

/** Goes to a place and opens what belongs to it. */
export async function goTo(page: Page, place: Place): Promise<void> {
  await visit(page, place.address);
  await place.then?.(page);
}
