// Every page and overlay that a person can come across, for tests that hold for all of them.
import { type BrowserContext, type Page, expect } from "@playwright/test";
import { Stored, invite, makeOrganization, serverUrl, signInAsAdministrator, signUp } from "./accounts";
import { describeConversation } from "./ai";
import { Api } from "./api";
import { visit } from "./fixtures";
import type { Guard } from "./guard";
import { store } from "./conversations";
import { choice } from "./settings";
import { tell } from "./notifications";

export type Visitor = "stranger" | "newcomer" | "member" | "administrator";

export interface Place {
  /** Also the name of its picture. */
  name: string;
  address: string;
  /** Who sees it: somebody signed out, a new account, one with an organization and a history, or the administrator. */
  as: Visitor;
  /** What opens on the page, or is wrong on it. */
  then?: (page: Page) => Promise<void>;
}

const section = (name: string): Place => ({ name: `settings-${name}`, address: `/settings/${name}`, as: "member" });

const databaseTab = (tab: string): Place => ({
  name: `database-${tab}`,
  address: `/database/${tab}`,
  as: "administrator",
  then: async (page) => {
    // Everything is there, or says why it is not.
    await expect(page.locator(".database-live .skeleton")).toHaveCount(0);
  },
});

const adminTab = (tab: string): Place => ({ name: `admin-${tab}`, address: `/admin/${tab}`, as: "administrator" });

const aiTab = (tab: string): Place => ({ name: `ai-${tab}`, address: `/ai/${tab}`, as: "member" });

/** One with a version of all that the member has. */
async function openDataSet(page: Page): Promise<void> {
  const api = new Api(page.request, serverUrl());
  const { dataSet } = await api.post("/api/data-sets", { body: { name: `Answers ${crypto.randomUUID()}` } });
  await api.post("/api/data-sets/{id}/versions", { path: { id: dataSet.id }, body: { query: "", rules: {} } });
  await visit(page, `/datasets/${dataSet.id}`);
  await expect(page.getByRole("region", { name: "Version 1" })).toBeVisible();
}

export const PLACES: Place[] = [
  { name: "sign-in", address: "/sign-in", as: "stranger" },
  { name: "sign-in-code", address: "/sign-in/code", as: "stranger" },
  {
    name: "sign-in-refused",
    address: "/sign-in",
    as: "stranger",
    then: async (page) => {
      await page.getByRole("button", { name: "Sign in" }).click();
      await expect(page.getByLabel("Password", { exact: true })).toHaveAttribute("aria-invalid", "true");
    },
  },
  { name: "sign-up", address: "/sign-up", as: "stranger" },
  { name: "forgot-password", address: "/forgot-password", as: "stranger" },
  { name: "reset-password-ended", address: "/reset-password?token=acc_0", as: "stranger" },
  { name: "confirm-email-ended", address: "/confirm-email?token=acc_0", as: "member" },
  { name: "home", address: "/", as: "member" },
  { name: "new-home", address: "/", as: "newcomer" },
  { name: "administrators-home", address: "/", as: "administrator" },
  ...["display", "notifications", "filters", "export", "shortcuts", "quality", "account"].map(section),
  {
    name: "settings-search",
    address: "/settings/display",
    as: "member",
    then: async (page) => {
      await page.getByRole("searchbox", { name: "Search settings" }).fill("export");
      await expect(page.getByRole("status").filter({ hasText: "settings" })).toBeVisible();
    },
  },
  {
    name: "settings-wrong-value",
    address: "/settings/quality",
    as: "member",
    then: async (page) => {
      await page.getByRole("spinbutton", { name: "Flagging", exact: true }).fill("9.9");
      await expect(page.getByText(/must be at most/)).toBeVisible();
    },
  },
  {
    name: "passkeys",
    address: "/settings/account",
    as: "member",
    then: async (page) => {
      await page.getByRole("button", { name: "Manage passkeys…" }).click();
      await expect(page.getByRole("dialog", { name: "Passkeys" }).getByText("No passkeys")).toBeVisible();
    },
  },
  {
    name: "reset-dialog",
    address: "/settings/display",
    as: "member",
    then: async (page) => {
      await page.getByRole("button", { name: "Reset section" }).click();
      await expect(page.getByRole("dialog", { name: "Reset display?" })).toBeVisible();
    },
  },
  {
    name: "search-dialog",
    address: "/settings/display",
    as: "member",
    then: async (page) => {
      await page.getByRole("button", { name: /^Search/ }).click();
      await expect(page.getByRole("dialog", { name: "Search" }).getByRole("link").first()).toBeVisible();
    },
  },
  {
    name: "shortcut-list",
    address: "/settings/display",
    as: "member",
    then: async (page) => {
      await page.getByRole("main").focus();
      await page.keyboard.press("?");
      await expect(page.getByRole("dialog", { name: "Keyboard shortcuts" })).toBeVisible();
    },
  },
  {
    name: "user-menu",
    address: "/settings/display",
    as: "member",
    then: async (page) => {
      await page.getByRole("button", { name: /^Account of / }).click();
      await expect(page.getByRole("button", { name: "Sign out" })).toBeVisible();
    },
  },
  ...["model", "limits", "costs", "keys", "timeouts", "effective", "usage", "gateway"].map(aiTab),
  { name: "ai-organization-costs", address: "/ai/costs?scope=organization", as: "member" },
  {
    name: "ai-confirmation",
    address: "/ai/costs",
    as: "member",
    then: async (page) => {
      await page.getByRole("spinbutton", { name: "Daily budget", exact: true }).fill("300");
      await page.getByRole("button", { name: "Save", exact: true }).click();
      await expect(page.getByRole("dialog", { name: "Save these changes?" })).toBeVisible();
    },
  },
  {
    name: "ai-simulation",
    address: "/ai/effective",
    as: "member",
    then: async (page) => {
      await page.getByRole("button", { name: "Simulate" }).click();
      await expect(page.getByText("Would be sent to")).toBeVisible();
    },
  },
  {
    name: "ai-new-key",
    address: "/ai/keys",
    as: "member",
    then: async (page) => {
      await page.getByRole("button", { name: "Add key…" }).click();
      await page.getByRole("dialog", { name: "Add an API key" }).getByRole("button", { name: "Save key" }).click();
      await expect(page.getByText("The API key is empty.")).toBeVisible();
    },
  },
  { name: "generate", address: "/generate", as: "member" },
  {
    name: "generate-done",
    address: "/generate",
    as: "member",
    then: async (page) => {
      await describeConversation(page);
      await page.getByRole("button", { name: "Generate" }).click();
      await expect(page.getByText(/turns are stored/)).toBeVisible();
    },
  },
  { name: "conversations", address: "/conversations", as: "member" },
  { name: "conversations-filtered", address: "/conversations?status=approved&scoreMin=2&tier=template", as: "member" },
  { name: "new-conversations", address: "/conversations", as: "newcomer" },
  {
    name: "conversation",
    address: "/conversations",
    as: "member",
    then: async (page) => {
      await page.getByRole("link", { name: "A talk that waits" }).click();
      await expect(page.getByRole("heading", { name: "A talk that waits" })).toBeVisible();
      await expect(page.locator(".skeleton").filter({ visible: true })).toHaveCount(0);
    },
  },
  {
    name: "conversation-edited",
    address: "/conversations",
    as: "member",
    then: async (page) => {
      await page.getByRole("link", { name: "A talk that waits" }).click();
      await page.getByRole("button", { name: "Edit", exact: true }).click();
      await expect(page.getByRole("button", { name: "Save", exact: true })).toBeVisible();
    },
  },
  {
    name: "review",
    address: "/review",
    as: "member",
    then: async (page) => {
      await expect(page.getByRole("heading", { name: "A talk that waits" })).toBeVisible();
    },
  },
  { name: "new-review", address: "/review", as: "newcomer" },
  {
    name: "coverage",
    address: "/coverage",
    as: "member",
    then: async (page) => {
      await expect(page.getByRole("region", { name: "Persona by emotion" })).toBeVisible();
    },
  },
  { name: "new-coverage", address: "/coverage", as: "newcomer" },
  {
    name: "export-dialog",
    address: "/conversations",
    as: "member",
    then: async (page) => {
      await page.getByRole("button", { name: "Export…" }).click();
      const dialog = page.getByRole("dialog", { name: "Export conversations" });
      await choice(page, "Format", "JSONL").check();
      await choice(page, "Longest, in tokens", "Other").check();
      await expect(dialog).toContainText("2 of 3 conversations.");
    },
  },
  { name: "datasets", address: "/datasets", as: "member" },
  { name: "new-datasets", address: "/datasets", as: "newcomer" },
  {
    name: "datasets-exports",
    address: "/datasets/exports",
    as: "member",
    then: async (page) => {
      const body = { query: "status=approved", options: { format: "jsonl" as const } };
      const { export: made } = await new Api(page.request, serverUrl()).post("/api/exports", { body });
      // The list follows what is being written.
      await visit(page, "/datasets/exports");
      const own = page.getByRole("listitem").filter({ hasText: made.fileName }).first();
      await expect(own.getByText("Done", { exact: true })).toBeVisible();
      await own.getByText("Details").click();
      await expect(own.getByRole("button", { name: "Copy" })).toBeVisible();
    },
  },
  { name: "new-datasets-exports", address: "/datasets/exports", as: "newcomer" },
  { name: "datasets-imports", address: "/datasets/imports", as: "member" },
  { name: "datasets-one", address: "/datasets", as: "member", then: openDataSet },
  {
    name: "datasets-new-version",
    address: "/datasets",
    as: "member",
    then: async (page) => {
      await openDataSet(page);
      await page.getByRole("button", { name: "New version…" }).click();
      await expect(page.getByRole("dialog", { name: "New version" })).toBeVisible();
    },
  },
  { name: "notifications", address: "/notifications", as: "member" },
  {
    name: "notifications-bell",
    address: "/settings/display",
    as: "member",
    then: async (page) => {
      await page.getByRole("button", { name: /^Notifications, 3 unread/ }).click();
      await expect(page.getByRole("region", { name: "Newest notifications" }).getByRole("listitem")).toHaveCount(4);
    },
  },
  { name: "new-notifications", address: "/notifications", as: "newcomer" },
  { name: "history", address: "/history", as: "member" },
  { name: "history-of-one", address: "/history?path=theme", as: "member" },
  {
    name: "history-version",
    address: "/history?path=theme",
    as: "member",
    then: async (page) => {
      await page.getByRole("button", { name: "Restore this version…" }).last().click();
      await expect(page.getByRole("dialog", { name: /^Restore version/ }).getByRole("listitem").first()).toBeVisible();
    },
  },
  {
    name: "history-found",
    address: "/history?path=qualityThresholds",
    as: "member",
    then: async (page) => {
      await page.getByRole("button", { name: "Roll back all matches…" }).click();
      await expect(page.getByRole("dialog", { name: "Roll back all matching changes?" }).getByRole("listitem").first()).toBeVisible();
    },
  },
  { name: "history-empty", address: "/history?path=exportPreferences.includeMetadata", as: "member" },
  // The list of members joins when its table keeps to itself at 320 px.
  { name: "organization-defaults", address: "/organization/defaults", as: "member" },
  { name: "organization-conversations", address: "/organization/conversations", as: "member" },
  { name: "new-history", address: "/history", as: "newcomer" },
  {
    name: "invitations",
    address: "/invitations",
    as: "member",
    then: async (page) => {
      await expect(page.getByRole("heading", { name: "A team that invites" })).toBeVisible();
    },
  },
  { name: "new-organization", address: "/organization/members", as: "newcomer" },
  ...["overview", "tables", "indexes", "queries", "connections", "maintenance", "alerts", "report", "backups"].map(databaseTab),
  ...["overview", "people", "organizations", "jobs", "mail", "log"].map(adminTab),
  {
    name: "admin-person",
    address: "/admin/people",
    as: "administrator",
    then: async (page) => {
      await page.getByRole("button", { name: /^Actions of / }).first().click();
      await page.getByRole("menuitem", { name: "Reset password…" }).click();
      await expect(page.getByRole("dialog", { name: /^Reset the password of/ })).toBeVisible();
    },
  },
  { name: "admin-refused", address: "/admin/people", as: "member" },
  { name: "database-refused", address: "/database/overview", as: "member" },
  { name: "not-found", address: "/no/such/page", as: "member" },
];

/** What is refused in some of the places, which is what they show. */
export function allowRefusals(guard: Guard): void {
  guard.allowFailedRequest(/no\/such\/page/, 404);
  guard.allowFailedRequest(/database\/overview/, 403);
  guard.allowFailedRequest(/admin\/people/, 403);
}

/** Makes the context one of such a visitor. */
export async function arriveAs(visitor: Visitor, context: BrowserContext): Promise<void> {
  if (visitor === "stranger") {
    return;
  }
  if (visitor === "administrator") {
    await signInAsAdministrator(context);
    return;
  }
  const { id, email } = await signUp(context, serverUrl(), "Annegret Longname-Meadows");
  if (visitor === "newcomer") {
    return;
  }
  await makeOrganization(context);
  tell(id, { title: "Generation is done", severity: "success", category: "generation_complete", link: null, read: true });
  tell(id, { title: "Claude refused your key sk-ant-…0001, which ends the generation of conversations until you enter another one", severity: "error", category: "errors" });
  tell(id, { title: "Your daily budget is used to 80 %", text: "$80.00 of $100.00 are spent.\nIt begins anew at midnight." });
  store(id, [
    { title: "A talk that waits", status: "pending_review", score: 7.2 },
    { title: "A talk that no trainer takes", status: "pending_review", score: 8.8, failures: [{ rule: "ends_with_user" }] },
    { title: "A talk that is approved", status: "approved", score: 9.1 },
  ]);
  await inviteFromElsewhere(context, email);
  const stored = new Stored(context.request);
  await stored.patch({ tableDensity: "compact", rowsPerPage: 10 });
  await stored.patch({ defaultFilters: { tier: ["template", "edge_case"], status: ["draft", "approved"] }, qualityThresholds: { autoApproval: 9.1 } });
  await stored.patch({ theme: "dark", keyboardShortcuts: { customBindings: { openSearch: "Ctrl+Shift+F", approve: "none" } } });
  await stored.patch({ theme: null });
}

/** Somebody else's organization invites them. */
async function inviteFromElsewhere(context: BrowserContext, email: string): Promise<void> {
  const elsewhere = await context.browser()!.newContext();
  await signUp(elsewhere, serverUrl(), "Second Person");
  await makeOrganization(elsewhere, serverUrl(), "A team that invites");
  await invite(elsewhere, email);
  await elsewhere.close();
}

/** The places of one kind of visitor. */
export function placesOf(visitor: Visitor): Place[] {
  return PLACES.filter((place) => place.as === visitor);
}

/** Goes to a place and opens what belongs to it. */
export async function goTo(page: Page, place: Place): Promise<void> {
  await visit(page, place.address);
  await place.then?.(page);
}
