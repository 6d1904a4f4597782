-- Reads preferences as one of many people.
dofile("benches/requests.lua")
as_many_people(function(token)
  return wrk.format("GET", "/api/user-preferences", { ["Authorization"] = "Bearer " .. token })
end)
