// AI configuration and generating, as a person works with them.
import { type BrowserContext, type Locator, type Page, expect } from "@playwright/test";
import { serverUrl } from "./accounts";
import { Api, type Schema } from "./api";

/** What applies to whoever the context is signed in as. */
export function aiConfiguration(
  context: BrowserContext,
  url = serverUrl(),
): Promise<Schema<"AiConfigurationAnswer">> {
  return new Api(context.request, url).get("/api/ai-configuration", {});
}

/** A change from elsewhere: a script or another page of the same person. */
export async function patchAi(
  context: BrowserContext,
  updates: Schema<"AiPatch">,
  more: Partial<Schema<"AiConfigurationRequest">> = {},
  url = serverUrl(),
): Promise<void> {
  const body = { configName: "Default", updates, ...more };
  await new Api(context.request, url).patch("/api/ai-configuration", { body });
}

export function saveBar(page: Page): Locator {
  return page.getByRole("region", { name: "Changes of the configuration" });
}

/** Nothing is left to save or to say: the bar is out of sight. */
export async function nothingToSave(page: Page): Promise<void> {
  await expect(saveBar(page)).toHaveAttribute("data-idle", "");
}

export function saveButton(page: Page): Locator {
  return saveBar(page).getByRole("button", { name: "Save", exact: true });
}

/** Fills in what every conversation needs. */
export async function describeConversation(page: Page): Promise<void> {
  await page.getByRole("textbox", { name: "Persona" }).fill("First-time home buyer");
  await page.getByRole("textbox", { name: "Emotion" }).fill("anxious");
  await page.getByRole("textbox", { name: "Topic" }).fill("Fixed or variable mortgage rate");
}
