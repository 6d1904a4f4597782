// AI configuration and generating, as a person works with them.
import { type BrowserContext, type Locator, type Page, expect } from "@playwright/test";
import { serverUrl } from "./accounts";

export interface AiConfiguration {
  effective: Record<string, any>;
  explain: Record<string, { value: unknown; layer: string; clamped?: { unclamped: unknown; message: string } }>;
  userConfigurations: { configName: string; configuration: Record<string, any>; isActive: boolean; priority: number }[];
  keys: { masked: string; version: number; state: string }[];
}

/** What applies to whoever the context is signed in as. */
export async function aiConfiguration(context: BrowserContext, url = serverUrl()): Promise<AiConfiguration> {
  const answer = await context.request.get(`${url}/api/ai-configuration`);
  expect(answer.status(), await answer.text()).toBe(200);
  return answer.json();
}

/** A change from elsewhere: a script or another page of the same person. */
export async function patchAi(context: BrowserContext, updates: object, more: object = {}, url = serverUrl()): Promise<void> {
  const answer = await context.request.patch(`${url}/api/ai-configuration`, {
    data: { configName: "Default", updates, ...more },
    headers: { origin: url },
  });
  expect(answer.status(), await answer.text()).toBe(200);
}

export function saveBar(page: Page): Locator {
  return page.getByRole("region", { name: "Changes of the configuration" });
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
