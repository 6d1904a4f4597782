-- Saves one field as one of many people, nearly each time another value.
dofile("benches/requests.lua")
as_many_people(function(token)
  local body = string.format('{"exportPreferences":{"autoCompressionThreshold":%d}}', math.random(10000))
  local headers = { ["Authorization"] = "Bearer " .. token, ["Content-Type"] = "application/json" }
  return wrk.format("PATCH", "/api/user-preferences", headers, body)
end, 50)
