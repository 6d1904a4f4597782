"""The provider's own library for Python against the gateway."""

import json
import os
import urllib.request

import anthropic

URL, TOKEN, CLAUDE, MODEL = (os.environ[name] for name in ("TRAIN", "TOKEN", "CLAUDE", "MODEL"))
ASKED = {"model": MODEL, "max_tokens": 200, "messages": [{"role": "user", "content": "Hello"}]}


def tell(*behaviours):
    """What the stand-in for Claude does next."""
    body = json.dumps({"behaviours": behaviours}).encode()
    headers = {"content-type": "application/json"}
    urllib.request.urlopen(urllib.request.Request(f"{CLAUDE}/_control/behaviours", body, headers))


def refused(kind, status, code, call):
    try:
        call()
    except kind as error:
        assert error.status_code == status, error
        assert error.body["error"]["code"] == code, error.body
        assert error.request_id == error.body["request_id"], error.body
        return error
    raise AssertionError(f"{kind} was expected")


client = anthropic.Anthropic(base_url=URL, api_key=TOKEN)
once = client.with_options(max_retries=0)

message = client.messages.create(**ASKED)
assert message.role == "assistant" and message.content[0].text, message
assert message.usage.output_tokens > 0 and len(message._request_id) == 32, message

with client.messages.stream(**ASKED) as stream:
    text = "".join(stream.text_stream)
    assert text and stream.get_final_message().content[0].text == text
kinds = [event.type for event in client.messages.create(**ASKED, stream=True)]
assert kinds[0] == "message_start" and kinds[-1] == "message_stop", kinds

tool = {"name": "look", "input_schema": {"type": "object", "properties": {"a": {"type": "string"}}}}
assert client.messages.create(**ASKED, tools=[tool]).content[0].type == "tool_use"
beta = client.beta.messages.create(**ASKED, betas=["context-management-2025-06-27"])
assert beta.content[0].text

counted = client.messages.count_tokens(model=MODEL, messages=ASKED["messages"])
assert counted.input_tokens > 0
ids = [model.id for model in client.models.list(limit=2)]
assert MODEL in ids and len(ids) > 2, ids
assert client.models.retrieve(MODEL).id == MODEL

# The library asks again by itself where that may help, and only there.
tell({"kind": "status", "status": 529})
assert client.messages.create(**ASKED).content
tell({"kind": "status", "status": 529})
refused(anthropic.InternalServerError, 529, "claude_overloaded", lambda: once.messages.create(**ASKED))
unknown = {**ASKED, "model": "claude-9"}
refused(anthropic.NotFoundError, 404, "model_unknown", lambda: client.messages.create(**unknown))
much = {**ASKED, "max_tokens": 128_001}
refused(anthropic.BadRequestError, 400, "max_tokens_too_high", lambda: once.messages.create(**much, timeout=60))
stranger = anthropic.Anthropic(base_url=URL, api_key="trn_wrong")
refused(anthropic.AuthenticationError, 401, "invalid_token", lambda: stranger.messages.create(**ASKED))
bearer = anthropic.Anthropic(base_url=URL, auth_token=TOKEN)
assert bearer.messages.create(**ASKED).content

tell({"kind": "half_stream", "pieces": 1})
try:
    with client.messages.stream(**ASKED) as stream:
        "".join(stream.text_stream)
    raise AssertionError("a stream that breaks is an error")
except anthropic.APIStatusError as error:
    assert "claude_interrupted" in str(error.body), error.body
