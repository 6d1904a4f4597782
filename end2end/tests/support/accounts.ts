// Accounts for tests, and what the HTTP interface says about them.
import type { APIRequestContext, BrowserContext } from "@playwright/test";
import { randomUUID } from "node:crypto";
import { Api, type Schema } from "./api";

export interface Account {
  id: string;
  email: string;
  password: string;
  name: string;
}

/** The address of the server that tests use unless they say otherwise. */
export function serverUrl(): string {
  return required("TRAIN_URL");
}

/** Another process of the same installation. */
export function secondServerUrl(): string {
  return required("TRAIN_SECOND_URL");
}

function required(name: string): string {
  const value = process.env[name];
  if (value === undefined) {
    throw new Error(`${name} is not set; the global set-up has not run.`);
  }
  return value;
}

/** A name and address that nobody has yet. */
export function somebody(name = "Test Person"): Omit<Account, "id"> {
  return { email: `${randomUUID()}@example.com`, password: "a quiet green meadow", name };
}

/** Makes an account by the HTTP interface; the context is signed in to it afterwards. */
export async function signUp(
  context: BrowserContext,
  url = serverUrl(),
  name?: string,
  person = somebody(name),
): Promise<Account> {
  const { email, password } = person;
  const { user } = await new Api(context.request, url).post("/api/auth/sign-up", {
    body: { email, password, displayName: person.name },
    headers: { "x-forwarded-for": randomAddress() },
  });
  return { ...person, id: user.id };
}

/** Makes an organization, owned by whoever the context is signed in as. */
export async function makeOrganization(
  context: BrowserContext,
  url = serverUrl(),
  name = "Annotation team",
): Promise<void> {
  await new Api(context.request, url).post("/api/organizations", { body: { name } });
}

/** Invites an address into the organization that `owner` manages; answers the invitation's id. */
export async function invite(
  owner: BrowserContext,
  email: string,
  role: Schema<"OrganizationRole"> = "member",
  url = serverUrl(),
): Promise<string> {
  const api = new Api(owner.request, url);
  const { organizations } = await api.get("/api/organizations", {});
  const id = organizations[0]?.id ?? "";
  const { invitation } = await api.post("/api/organizations/{id}/invitations", {
    path: { id },
    body: { email, role },
  });
  return invitation.id;
}

/** Makes whoever `member` is a member of the organization that `owner` manages, by invitation. */
export async function join(
  owner: BrowserContext,
  member: BrowserContext,
  role: Schema<"OrganizationRole"> = "member",
  url = serverUrl(),
): Promise<void> {
  const api = new Api(member.request, url);
  const { user } = await api.get("/api/auth/me", {});
  const id = await invite(owner, user.email, role, url);
  await api.post("/api/invitations/{id}/accept", { path: { id }, body: {} });
}

/** Signs a context in to an account that exists. */
export async function signIn(context: BrowserContext, account: Account, url = serverUrl()): Promise<void> {
  const { email, password } = account;
  await new Api(context.request, url).post("/api/auth/sign-in", {
    body: { email, password },
    headers: { "x-forwarded-for": randomAddress() },
  });
}

/** Signs a context in to the first account, which is the administrator of the installation. */
export async function signInAsAdministrator(context: BrowserContext, url = serverUrl()): Promise<void> {
  const [email, password] = [required("TRAIN_ADMIN_EMAIL"), required("TRAIN_ADMIN_PASSWORD")];
  await signIn(context, { id: "", name: "First Administrator", email, password }, url);
}

/** One of the addresses that are kept for documentation and tests. */
function randomAddress(): string {
  const part = () => Math.floor(Math.random() * 256);
  return `198.${18 + Math.floor(Math.random() * 2)}.${part()}.${part()}`;
}

/** What is stored for whoever the context is signed in as. */
export class Stored {
  private readonly api: Api;

  constructor(request: APIRequestContext, url = serverUrl()) {
    this.api = new Api(request, url);
  }

  preferences(): Promise<Schema<"PreferencesAnswer">> {
    return this.api.get("/api/user-preferences", {});
  }

  /** A value by its dotted path, as it applies. */
  async value(path: string): Promise<unknown> {
    return at((await this.preferences()).preferences, path);
  }

  /** A change from elsewhere: another device or a script of the same person. */
  patch(patch: Schema<"PreferencePatch">): Promise<Schema<"PreferencesAnswer">> {
    return this.api.patch("/api/user-preferences", { body: patch });
  }

  /** The rows of history that changes of preferences made, newest first. */
  async history(): Promise<Schema<"Change">[]> {
    const { changes } = await this.api.get("/api/config/change-history", {
      query: { limit: 100, configType: "user_preference" },
    });
    // The account's own making is no change of a preference.
    return changes.filter((change) => change.action !== "created");
  }
}

/** A value of an object by its dotted path. */
export function at(object: unknown, path: string): unknown {
  return path.split(".").reduce<any>((value, key) => value?.[key], object);
}
