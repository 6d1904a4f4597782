-- Generates conversations as one of many people.
dofile("benches/requests.lua")
local body = contents("benches/generate.json")
as_many_people(function(token)
  local headers = { ["Authorization"] = "Bearer " .. token, ["Content-Type"] = "application/json" }
  return wrk.format("POST", "/api/conversations/generate", headers, body)
end)
