// The HTTP interface by its description: paths, bodies and answers are those of docs/openapi.json.
// `npm run check` makes the types.
import { type APIRequestContext, expect } from "@playwright/test";
import type { components, paths } from "./interface";

export type Schema<Name extends keyof components["schemas"]> = components["schemas"][Name];

type Method = "get" | "post" | "put" | "patch" | "delete";
/** The paths that take a method. */
type PathOf<M extends Method> = {
  [P in keyof paths]: paths[P] extends Record<M, { responses: object }> ? P : never;
}[keyof paths];
type Operation<M extends Method, P extends PathOf<M>> = paths[P][M];

type Json<Content> = Content extends { content: { "application/json": infer Body } } ? Body : never;
type Responses<O> = O extends { responses: infer All } ? All : never;
/** What it answers when all is well. */
type Answer<O> = {
  [Status in keyof Responses<O>]: Status extends 200 | 201 ? Json<Responses<O>[Status]> : never;
}[keyof Responses<O>];

type Parameters<O, Place extends string> = O extends { parameters: { [Key in Place]?: infer All } }
  ? NonNullable<All>
  : never;
type Absent<Name extends string> = { [Key in Name]?: never };
type Needed<Name extends string, Value> = [Value] extends [never]
  ? Absent<Name>
  : { [Key in Name]: Value };
type Optional<Name extends string, Value> = [Value] extends [never]
  ? Absent<Name>
  : { [Key in Name]?: Value };
type Body<O> = O extends { requestBody: infer Content } ? Json<Content> : never;
/** What an operation is asked: all of it, and nothing else. */
type Asked<O> = Needed<"path", Parameters<O, "path">> &
  Optional<"query", Parameters<O, "query">> &
  Needed<"body", Body<O>> & { headers?: Record<string, string> };
type Call<M extends Method> = <P extends PathOf<M>>(
  path: P,
  asked: Asked<Operation<M, P>>,
) => Promise<Answer<Operation<M, P>>>;

/** Calls the interface as whoever the context is signed in as. A refusal fails the test. */
export class Api {
  constructor(
    private readonly request: APIRequestContext,
    private readonly url: string,
  ) {}

  readonly get: Call<"get"> = (path, asked) => this.call("get", path, asked);
  readonly post: Call<"post"> = (path, asked) => this.call("post", path, asked);
  readonly put: Call<"put"> = (path, asked) => this.call("put", path, asked);
  readonly patch: Call<"patch"> = (path, asked) => this.call("patch", path, asked);

  private async call<T>(method: Method, template: string, asked: object): Promise<T> {
    const { path, query, body, headers } = asked as {
      path?: Record<string, string>;
      query?: Record<string, unknown>;
      body?: unknown;
      headers?: Record<string, string>;
    };
    const part = (_: string, name: string) => encodeURIComponent(path?.[name] ?? "");
    const place = template.replace(/\{(\w+)\}/g, part);
    const given = Object.entries(query ?? {}).filter(([, value]) => value != null);
    const answer = await this.request.fetch(`${this.url}${place}`, {
      method: method.toUpperCase(),
      params: Object.fromEntries(given.map(([name, value]) => [name, String(value)])),
      ...(body === undefined ? {} : { data: body }),
      headers: { origin: this.url, ...headers },
    });
    expect(answer.ok(), `${method} ${place}: ${answer.status()} ${await answer.text()}`).toBe(true);
    return answer.json() as Promise<T>;
  }
}
