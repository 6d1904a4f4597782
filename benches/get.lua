-- Reads preferences as one of many people.
local tokens = {}
for line in io.lines(os.getenv("TOKENS")) do tokens[#tokens + 1] = line end
local requests = {}
function init()
  for index, token in ipairs(tokens) do
    requests[index] = wrk.format("GET", "/api/user-preferences", { ["Authorization"] = "Bearer " .. token })
  end
end
function request() return requests[math.random(#requests)] end
