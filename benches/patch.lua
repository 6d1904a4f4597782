-- Saves one field as one of many people, each time another value.
local tokens = {}
for line in io.lines(os.getenv("TOKENS")) do tokens[#tokens + 1] = line end
function request()
  local body = string.format('{"exportPreferences":{"autoCompressionThreshold":%d}}', math.random(10000))
  local headers = { ["Authorization"] = "Bearer " .. tokens[math.random(#tokens)], ["Content-Type"] = "application/json" }
  return wrk.format("PATCH", "/api/user-preferences", headers, body)
end
