// Browser tests against the release build: `make test`, or `npx playwright test` here after `make build`.
import { defineConfig, devices } from "@playwright/test";
import path from "node:path";

const root = path.resolve(__dirname, "..");
const port = Number(process.env.TRAIN_TEST_PORT ?? 3210);
const baseURL = `http://127.0.0.1:${port}`;
// Thrown away at every start, so that each run begins with an empty database.
const data = path.join(root, "target", "end2end");

const launchOptions = {
  // The system's browser: nothing is downloaded.
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
};

export default defineConfig({
  testDir: "tests",
  outputDir: "test-results",
  fullyParallel: true,
  forbidOnly: Boolean(process.env.CI),
  workers: 2,
  reporter: [["list"]],
  timeout: 30_000,
  use: { baseURL, trace: "retain-on-failure", launchOptions },
  projects: [
    { name: "desktop", use: { ...devices["Desktop Chrome"] } },
    { name: "phone", use: { ...devices["Pixel 7"] } },
  ],
  webServer: {
    command: `rm -rf "${data}" && exec "${path.join(root, "target", "release", "train")}"`,
    cwd: root,
    url: baseURL,
    timeout: 60_000,
    reuseExistingServer: false,
    stdout: "ignore",
    stderr: "pipe",
    // Long enough to stop the database properly.
    gracefulShutdown: { signal: "SIGTERM", timeout: 15_000 },
    env: {
      LEPTOS_SITE_ADDR: `127.0.0.1:${port}`,
      TRAIN_ADDR: `127.0.0.1:${port}`,
      TRAIN_PUBLIC_URL: baseURL,
      TRAIN_DATA_DIR: data,
      TRAIN_LOG: process.env.TRAIN_LOG ?? "warn",
    },
  },
});
