// The provider's own library for TypeScript against the gateway.
import Anthropic from "@anthropic-ai/sdk";
import assert from "node:assert/strict";

const { TRAIN: baseURL, TOKEN: apiKey, CLAUDE, MODEL: model } = process.env;
const asked = { model, max_tokens: 200, messages: [{ role: "user", content: "Hello" }] };

/** What the stand-in for Claude does next. */
const tell = (...behaviours) =>
  fetch(`${CLAUDE}/_control/behaviours`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ behaviours }),
  });

const refused = (kind, status, code, call) =>
  assert.rejects(call, (error) => {
    assert.ok(error instanceof kind, String(error));
    assert.equal(error.status, status);
    assert.equal(error.error.error.code, code);
    assert.equal(error.requestID, error.error.request_id);
    return true;
  });

const client = new Anthropic({ baseURL, apiKey });
const once = { maxRetries: 0 };

const message = await client.messages.create(asked);
assert.equal(message.role, "assistant");
assert.ok(message.content[0].text && message.usage.output_tokens > 0);
assert.equal(message._request_id.length, 32);

const stream = client.messages.stream(asked);
let text = "";
stream.on("text", (piece) => (text += piece));
assert.equal((await stream.finalMessage()).content[0].text, text);
const kinds = [];
for await (const event of await client.messages.create({ ...asked, stream: true })) kinds.push(event.type);
assert.deepEqual([kinds[0], kinds.at(-1)], ["message_start", "message_stop"]);

const tools = [{ name: "look", input_schema: { type: "object", properties: { a: { type: "string" } } } }];
assert.equal((await client.messages.create({ ...asked, tools })).content[0].type, "tool_use");

const counted = await client.messages.countTokens({ model, messages: asked.messages });
assert.ok(counted.input_tokens > 0);
const ids = [];
for await (const listed of client.models.list({ limit: 2 })) ids.push(listed.id);
assert.ok(ids.includes(model) && ids.length > 2, String(ids));
assert.equal((await client.models.retrieve(model)).id, model);

// The library asks again by itself where that may help, and only there.
await tell({ kind: "status", status: 529 });
assert.ok((await client.messages.create(asked)).content);
await tell({ kind: "status", status: 529 });
await refused(Anthropic.InternalServerError, 529, "claude_overloaded", () => client.messages.create(asked, once));
await refused(Anthropic.NotFoundError, 404, "model_unknown", () =>
  client.messages.create({ ...asked, model: "claude-9" }),
);
await refused(Anthropic.BadRequestError, 400, "max_tokens_too_high", () =>
  client.messages.create({ ...asked, max_tokens: 128_001 }, { ...once, timeout: 60_000 }),
);
const stranger = new Anthropic({ baseURL, apiKey: "trn_wrong" });
await refused(Anthropic.AuthenticationError, 401, "invalid_token", () => stranger.messages.create(asked));
const bearer = new Anthropic({ baseURL, authToken: apiKey, apiKey: null });
assert.ok((await bearer.messages.create(asked)).content);

await tell({ kind: "half_stream", pieces: 1 });
await assert.rejects(client.messages.stream(asked).finalMessage(), /claude_interrupted|broke/);
