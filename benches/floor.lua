-- Stores one row of 2 kB for each request, and nothing else.
local request_of_2_kb
function init() request_of_2_kb = wrk.format("POST", "/", { ["Content-Type"] = "text/plain" }, string.rep("x", 2000)) end
function request() return request_of_2_kb end
