-- One kind of request over random keys: get, mix (half reads, half blind writes), blind, context, lww.
-- Usage: wrk ... -s wrk.lua URL -- KIND DURABILITY
local KEYS = 20000

function init(args)
  kind = args[1]
  query = "?durability=" .. (args[2] or "synced")
  math.randomseed(os.time() + tonumber(tostring({}):match("0x(%x+)"), 16) % 1000000)
  local letters = {}
  for i = 1, 1000 do letters[i] = string.char(97 + math.random(0, 25)) end
  value = '{"value":"' .. table.concat(letters) .. '"'
  life = math.random(1, 100000000)
  count = 0
end

local function put(path, body)
  return wrk.format("PUT", path .. query, {["Content-Type"] = "application/json"}, body)
end

function request()
  count = count + 1
  local key = "k" .. math.random(1, KEYS)
  if kind == "get" or (kind == "mix" and count % 2 == 0) then
    return wrk.format("GET", "/api/v1/store/" .. key)
  elseif kind == "context" then
    -- A context that has seen nothing, on a key of its own: no round of questions, no siblings.
    return put("/api/v1/store/f" .. life .. "-" .. count, value .. ',"context":""}')
  elseif kind == "lww" then
    return put("/api/v1/buckets/bench-lww/store/" .. key, value .. "}")
  end
  return put("/api/v1/store/" .. key, value .. "}")
end
