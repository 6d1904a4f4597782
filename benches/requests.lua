-- For the other scripts: requests that are made once, because what a load costs is no part of what it measures.
-- TOKENS names a file of tokens, PORTS the servers, which the threads of wrk take in turn.
local tokens = {}
for line in io.lines(os.getenv("TOKENS")) do tokens[#tokens + 1] = line end
local ports = {}
for port in os.getenv("PORTS"):gmatch("%d+") do ports[#ports + 1] = port end

local threads = 0
function setup(thread)
  thread.addr = wrk.lookup("127.0.0.1", ports[threads % #ports + 1])[1]
  thread:set("number", threads)
  threads = threads + 1
end

-- Sends what make(token) made, in no order; so many for each token, else one.
function as_many_people(make, each)
  local requests = {}
  function init()
    math.randomseed(number)
    for _, token in ipairs(tokens) do
      for _ = 1, each or 1 do requests[#requests + 1] = make(token) end
    end
  end
  function request() return requests[math.random(#requests)] end
end

-- What stands in a file.
function contents(path)
  local file = assert(io.open(path))
  local text = file:read("*a")
  file:close()
  return text
end
