"""LiteLLM as a client of the gateway."""

import os

import litellm

URL, TOKEN, MODEL = (os.environ[name] for name in ("TRAIN", "TOKEN", "MODEL"))
asked = {
    "model": f"anthropic/{MODEL}",
    "api_base": URL,
    "api_key": TOKEN,
    "max_tokens": 200,
    "messages": [{"role": "user", "content": "Hello"}],
}

answer = litellm.completion(**asked)
assert answer.choices[0].message.content and answer.usage.completion_tokens > 0, answer
pieces = [chunk.choices[0].delta.content or "" for chunk in litellm.completion(**asked, stream=True)]
assert "".join(pieces) == answer.choices[0].message.content, pieces
try:
    litellm.completion(**{**asked, "model": "anthropic/claude-9"}, num_retries=0)
    raise AssertionError("a model that is not known is refused")
except litellm.exceptions.NotFoundError as error:
    assert "claude-9" in str(error), error
