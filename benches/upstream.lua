-- What a generation asks of Claude, sent to the stand-in directly: the time that is not ours.
local body = '{"model":"claude-sonnet-4-6","max_tokens":4096,"messages":[{"role":"user","content":"Number of turns: 8"}]}'
function request()
  local headers = { ["x-api-key"] = "sk-ant-api03-bench-bench-bench", ["anthropic-version"] = "2023-06-01",
    ["Content-Type"] = "application/json" }
  return wrk.format("POST", "/v1/messages", headers, body)
end
