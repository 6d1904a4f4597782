// Accounts for tests, and what the HTTP interface says about them.
import { type APIRequestContext, type BrowserContext, expect } from "@playwright/test";
import { randomUUID } from "node:crypto";

export interface Account {
  id: string;
  email: string;
  password: string;
  name: string;
}

/** As the server tells it; only what tests look at. */
export interface Preferences {
  preferences: Record<string, any>;
  overrides: Record<string, any>;
  version: number;
}

export interface FieldChange {
  path: string;
  old?: unknown;
  new?: unknown;
}

export interface Change {
  id: string;
  action: string;
  changes: FieldChange[];
  source: string;
  version: number;
  targetId: string;
  changedBy: string | null;
  reason: string | null;
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
export async function signUp(context: BrowserContext, url = serverUrl(), name?: string): Promise<Account> {
  const person = somebody(name);
  const { email, password } = person;
  const answer = await context.request.post(`${url}/api/auth/sign-up`, {
    data: { email, password, displayName: person.name },
    headers: { origin: url, "x-forwarded-for": randomAddress() },
  });
  expect(answer.status(), await answer.text()).toBe(201);
  return { ...person, id: (await answer.json()).user.id };
}

/** Makes an organization, owned by whoever the context is signed in as. */
export async function makeOrganization(context: BrowserContext, url = serverUrl(), name = "Annotation team"): Promise<void> {
  const answer = await context.request.post(`${url}/api/organizations`, {
    data: { name },
    headers: { origin: url },
  });
  expect(answer.status(), await answer.text()).toBe(201);
}

/** Invites an address into the organization that `owner` manages; answers the invitation's id. */
export async function invite(owner: BrowserContext, email: string, role = "member", url = serverUrl()): Promise<string> {
  const { organizations } = await (await owner.request.get(`${url}/api/organizations`)).json();
  const answer = await owner.request.post(`${url}/api/organizations/${organizations[0].id}/invitations`, {
    data: { email, role },
    headers: { origin: url },
  });
  expect(answer.status(), await answer.text()).toBe(201);
  return (await answer.json()).invitation.id;
}

/** Makes whoever `member` is signed in as a member of the organization that `owner` manages: invites them, and they accept. */
export async function join(owner: BrowserContext, member: BrowserContext, role = "member", url = serverUrl()): Promise<void> {
  const { user } = await (await member.request.get(`${url}/api/auth/me`)).json();
  const invitation = await invite(owner, user.email, role, url);
  const answer = await member.request.post(`${url}/api/invitations/${invitation}/accept`, {
    data: {},
    headers: { origin: url },
  });
  expect(answer.status(), await answer.text()).toBe(200);
}

/** Signs a context in to an account that exists. */
export async function signIn(context: BrowserContext, account: Account, url = serverUrl()): Promise<void> {
  const { email, password } = account;
  const answer = await context.request.post(`${url}/api/auth/sign-in`, {
    data: { email, password },
    headers: { origin: url, "x-forwarded-for": randomAddress() },
  });
  expect(answer.status(), await answer.text()).toBe(200);
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
  constructor(
    private readonly request: APIRequestContext,
    private readonly url = serverUrl(),
  ) {}

  async preferences(): Promise<Preferences> {
    const answer = await this.request.get(`${this.url}/api/user-preferences`);
    expect(answer.status(), await answer.text()).toBe(200);
    return answer.json();
  }

  /** A value by its dotted path, as it applies. */
  async value(path: string): Promise<unknown> {
    return at((await this.preferences()).preferences, path);
  }

  /** A change from elsewhere: another device or a script of the same person. */
  async patch(patch: object): Promise<Preferences> {
    const answer = await this.request.patch(`${this.url}/api/user-preferences`, {
      data: patch,
      headers: { origin: this.url },
    });
    expect(answer.status(), await answer.text()).toBe(200);
    return answer.json();
  }

  /** The rows of history that changes of preferences made, newest first. */
  async history(): Promise<Change[]> {
    const answer = await this.request.get(`${this.url}/api/config/change-history?limit=100&configType=user_preference`);
    expect(answer.status(), await answer.text()).toBe(200);
    const { changes } = (await answer.json()) as { changes: Change[] };
    // The account's own making is no change of a preference.
    return changes.filter((change) => change.action !== "created");
  }
}

/** A value of an object by its dotted path. */
export function at(object: unknown, path: string): unknown {
  return path.split(".").reduce<any>((value, key) => value?.[key], object);
}
