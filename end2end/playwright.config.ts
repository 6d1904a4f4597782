// Browser tests: `make test`, or `npx playwright test` here after `make site stand-in`.
import { defineConfig, devices } from "@playwright/test";

const launchOptions = {
  // The system's browser: nothing is downloaded.
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
};

export default defineConfig({
  testDir: "tests",
  outputDir: "test-results",
  globalSetup: "./tests/support/global-setup",
  fullyParallel: true,
  forbidOnly: Boolean(process.env.CI),
  workers: 2,
  // A machine under load may miss a deadline once; a fault of ours fails twice.
  retries: process.env.CI ? 1 : 0,
  reporter: [["list"]],
  timeout: 30_000,
  expect: { timeout: 7_000 },
  use: { trace: "retain-on-failure", launchOptions },
  projects: [
    { name: "desktop", use: { ...devices["Desktop Chrome"] }, testIgnore: /\.plain\.spec\.ts$/ },
    { name: "phone", use: { ...devices["Pixel 7"] }, testIgnore: /\.plain\.spec\.ts$/, grep: /@phone/ },
    // The same pages for browsers without a script.
    { name: "plain", use: { ...devices["Desktop Chrome"], javaScriptEnabled: false }, testMatch: /\.plain\.spec\.ts$/ },
  ],
});
