-- Generates conversations as one of many people.
local tokens = {}
for line in io.lines(os.getenv("TOKENS")) do tokens[#tokens + 1] = line end
local body = '{"tier":"template","persona":"New customer","emotion":"curious","topic":"Delivery","turns":8}'
function request()
  local headers = { ["Authorization"] = "Bearer " .. tokens[math.random(#tokens)], ["Content-Type"] = "application/json" }
  return wrk.format("POST", "/api/conversations/generate", headers, body)
end
