// `make bench-pages`: how long people wait for what a page does, in milliseconds, for docs/benchmarks.md.
import { defineConfig } from "@playwright/test";
import tests from "./playwright.config";

export default defineConfig({
  testDir: "bench",
  outputDir: "test-results",
  globalSetup: "./tests/support/global-setup",
  workers: 1,
  reporter: [["list"]],
  timeout: 180_000,
  use: { launchOptions: tests.use?.launchOptions ?? {} },
});
