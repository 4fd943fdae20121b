-- One kind of request over random keys: get, batch (100 gets), mix (half reads, half blind writes), blind, context, lww.
-- Usage: wrk ... -s wrk.lua URL -- KIND DURABILITY [KEYS] [milliseconds between requests of a connection]
-- With PORTS="8571 8572" in the environment threads take these ports by turns, else all take that of URL; with ERRORS=1
-- answers of 500 and above are counted.
local threads = {}

function setup(thread)
  local ports = {}
  for port in (os.getenv("PORTS") or ""):gmatch("%d+") do ports[#ports + 1] = port end
  if #ports > 0 then thread.addr = wrk.lookup("127.0.0.1", ports[#threads % #ports + 1])[1] end
  threads[#threads + 1] = thread
end

function init(args)
  kind = args[1]
  query = "?durability=" .. (args[2] or "synced")
  keys = tonumber(args[3] or 20000)
  pause = tonumber(args[4] or 0)
  math.randomseed(os.time() + tonumber(tostring({}):match("0x(%x+)"), 16) % 1000000)
  local letters = {}
  for i = 1, 1000 do letters[i] = string.char(97 + math.random(0, 25)) end
  value = '{"value":"' .. table.concat(letters) .. '"'
  life = math.random(1, 100000000)
  count = 0
  errors = 0
  if os.getenv("ERRORS") then
    response = function(status)
      if status >= 500 then errors = errors + 1 end
    end
  end
end

function done()
  local sum = 0
  for _, thread in ipairs(threads) do sum = sum + thread:get("errors") end
  print("Errors: " .. sum)
end

local function put(path, body)
  return wrk.format("PUT", path .. query, {["Content-Type"] = "application/json"}, body)
end

function delay()
  return pause
end

function request()
  count = count + 1
  local key = "k" .. math.random(1, keys)
  if kind == "get" or (kind == "mix" and count % 2 == 0) then
    return wrk.format("GET", "/api/v1/store/" .. key)
  elseif kind == "batch" then
    local gets = {}
    for i = 1, 100 do gets[i] = '{"get":{"key":"k' .. math.random(1, keys) .. '"}}' end
    local body = '{"operations":[' .. table.concat(gets, ",") .. "]}"
    return wrk.format("POST", "/api/v1/batch", {["Content-Type"] = "application/json"}, body)
  elseif kind == "context" then
    -- A context that has seen nothing, on a key of its own: no round of questions, no siblings.
    return put("/api/v1/store/f" .. life .. "-" .. count, value .. ',"context":""}')
  elseif kind == "lww" then
    return put("/api/v1/buckets/bench-lww/store/" .. key, value .. "}")
  end
  return put("/api/v1/store/" .. key, value .. "}")
end
