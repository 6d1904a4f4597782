-- Asks for a message as one of many people, of whatever speaks Claude's API: with the body in the file BODY. HEADERS, lines of
-- `name: value`, are sent as well.
dofile("benches/requests.lua")
local body = contents(os.getenv("BODY"))
as_many_people(function(token)
  local headers = { ["x-api-key"] = token, ["anthropic-version"] = "2023-06-01", ["Content-Type"] = "application/json" }
  for name, value in (os.getenv("HEADERS") or ""):gmatch("([^\n:]+): ([^\n]*)") do headers[name] = value end
  return wrk.format("POST", "/v1/messages", headers, body)
end)
