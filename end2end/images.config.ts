// `make images`: a picture of every page in light, in dark and on a phone, of an installation with contents, into docs/images.
import { defineConfig } from "@playwright/test";
import tests from "./playwright.config";

const desktop = { viewport: { width: 1280, height: 800 } } as const;
const phone = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true } as const;

export default defineConfig({
  testDir: "images",
  outputDir: "test-results",
  globalSetup: "./images/set-up",
  fullyParallel: true,
  workers: 2,
  reporter: [["list"]],
  timeout: 60_000,
  expect: { timeout: 15_000 },
  // Times and words are the same wherever the pictures are taken.
  use: { launchOptions: tests.use?.launchOptions ?? {}, locale: "en-US", timezoneId: "UTC", contextOptions: { reducedMotion: "reduce" } },
  // The name of a project ends the names of its pictures.
  projects: [
    { name: "light", use: { ...desktop, colorScheme: "light" } },
    { name: "dark", use: { ...desktop, colorScheme: "dark" } },
    { name: "phone", use: { ...phone, colorScheme: "light" } },
  ],
});
