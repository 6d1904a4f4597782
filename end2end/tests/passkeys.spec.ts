// Passkeys: added in the settings and used to sign in, with the virtual authenticator of Chromium.
import { type CDPSession, type Locator, type Page } from "@playwright/test";
import { signUp, somebody } from "./support/accounts";
import { code } from "./support/authenticator-app";
import { expect, test, visit } from "./support/fixtures";
import { TrainServer } from "./support/server";

test.describe.configure({ mode: "serial" });

let server: TrainServer;

test.beforeAll(async () => {
  test.setTimeout(120_000);
  // Passkeys belong to a name, never to a number.
  server = await TrainServer.start({ publicHost: "localhost" });
});

test.afterAll(async () => server?.stop());

/** The server by the name that its passkeys belong to. */
function address(path: string): string {
  return `http://localhost:${server.port}${path}`;
}

/** A device that knows its person, of the page's browser. Presses by itself, unless it is told to wait for its person. */
class Device {
  private constructor(
    private readonly session: CDPSession,
    private readonly id: string,
  ) {}

  static async of(page: Page): Promise<Device> {
    const session = await page.context().newCDPSession(page);
    await session.send("WebAuthn.enable");
    const { authenticatorId } = await session.send("WebAuthn.addVirtualAuthenticator", {
      options: {
        protocol: "ctap2",
        transport: "internal",
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
        automaticPresenceSimulation: true,
      },
    });
    return new Device(session, authenticatorId);
  }

  async presses(enabled: boolean): Promise<void> {
    await this.session.send("WebAuthn.setAutomaticPresenceSimulation", { authenticatorId: this.id, enabled });
  }
}

/** Turns two-step verification on for whoever is signed in; the secret of their app. */
async function turnTwoStepOn(page: Page, password: string): Promise<string> {
  const post = (path: string, body: object) =>
    page.evaluate(
      async ([path, body]) => {
        const answer = await fetch(path, { method: "POST", headers: { "content-type": "application/json" }, body });
        return (await answer.json()) as { secret: string };
      },
      [path, JSON.stringify(body)] as const,
    );
  const { secret } = await post("/api/auth/second-factor", { password });
  await post("/api/auth/second-factor/confirm", { code: code(secret, -1) });
  return secret;
}

/** The list of the person's passkeys, from the settings of the account. */
async function openList(page: Page): Promise<Locator> {
  await page.getByRole("button", { name: "Manage passkeys…" }).click();
  return page.getByRole("dialog", { name: "Passkeys", exact: true });
}

test("a passkey is added, renamed, signs in without a password, and no longer once it is removed", async ({ page, context, guard }) => {
  const person = somebody("Key Owner");
  await signUp(context, address(""), undefined, person);
  await Device.of(page);
  await visit(page, address("/settings/account"));
  const secret = await turnTwoStepOn(page, person.password);
  const list = await openList(page);
  await list.getByRole("button", { name: "Add a passkey…" }).click();
  const adding = page.getByRole("dialog", { name: "Add a passkey" });
  await adding.getByRole("textbox", { name: "Name" }).fill("Phone");
  await adding.getByRole("textbox", { name: "Password" }).fill(person.password);
  const field = adding.getByRole("textbox", { name: "Code", exact: true });
  await expect(field).toBeHidden();
  guard.allowFailedRequest(/api\/auth\/passkeys\/begin/, /status of 400/);
  await adding.getByRole("button", { name: "Continue" }).click();
  await expect(field).toBeFocused();
  await field.fill(code(secret));
  await adding.getByRole("button", { name: "Continue" }).click();
  await expect(adding).toBeHidden();
  const entry = list.getByRole("listitem");
  await expect(entry).toContainText("Phone");
  await expect(entry).toContainText("never used");

  await entry.getByRole("button", { name: "Rename… Phone" }).click();
  const renaming = page.getByRole("dialog", { name: "Rename the passkey" });
  await renaming.getByRole("textbox", { name: "Name" }).fill("Work phone");
  await renaming.getByRole("button", { name: "Rename" }).click();
  await expect(entry).toContainText("Work phone");

  await context.clearCookies();
  await visit(page, address("/sign-in?next=/settings/account"));
  await page.getByRole("button", { name: "Sign in with a passkey" }).click();
  await expect(page).toHaveURL(address("/settings/account"));
  await visit(page, address("/settings/account"));
  await openList(page);
  await expect(entry).toContainText("last used");

  await entry.getByRole("button", { name: "Remove… Work phone" }).click();
  const question = page.getByRole("dialog", { name: "Remove “Work phone”?" });
  await question.getByRole("button", { name: "Remove" }).click();
  await expect(list.getByText("No passkeys")).toBeVisible();
  await context.clearCookies();
  guard.allowFailedRequest(/api\/auth\/sign-in\/passkey/, 401);
  await visit(page, address("/sign-in"));
  await page.getByRole("button", { name: "Sign in with a passkey" }).click();
  await expect(page.getByRole("alert").filter({ hasText: "not accepted" })).toBeVisible();
});

test("closing the dialog ends the browser's question, and the next one can be answered", async ({ page, context }) => {
  const person = somebody("Key Owner");
  await signUp(context, address(""), undefined, person);
  const device = await Device.of(page);
  await visit(page, address("/settings/account"));
  const list = await openList(page);
  const adding = page.getByRole("dialog", { name: "Add a passkey" });
  const begin = async (name: string) => {
    await list.getByRole("button", { name: "Add a passkey…" }).click();
    await adding.getByRole("textbox", { name: "Name" }).fill(name);
    await adding.getByRole("textbox", { name: "Password" }).fill(person.password);
    const begun = page.waitForResponse(/passkeys\/begin$/);
    await adding.getByRole("button", { name: "Continue" }).click();
    await begun;
  };
  await device.presses(false);
  await begin("Given up");
  await adding.getByRole("button", { name: "Cancel" }).click();
  await expect(adding).toBeHidden();
  await device.presses(true);
  await begin("Laptop");
  await expect(adding).toBeHidden();
  await expect(list.getByRole("listitem")).toHaveText(/Laptop/);
});

test("without a public address the card says what is missing, and signing in offers none", async ({ page, account, context }) => {
  void account;
  await visit(page, "/settings/account");
  const list = await openList(page);
  await expect(list.getByText(/TRAIN_PUBLIC_URL/)).toBeVisible();
  await expect(list.getByRole("button", { name: "Add a passkey…" })).toHaveCount(0);
  await context.clearCookies();
  await visit(page, "/sign-in");
  await expect(page.getByRole("button", { name: "Sign in with a passkey" })).toHaveCount(0);
});
