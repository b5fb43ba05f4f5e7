-- wrk's script: one kind of request over and over. {n} in the path and the body is a name, {i} a number that grows.
-- Arguments: method, media type, bearer token, file of the body, prefix of the names, how many names there are (0: each
-- is used once).
local pieces, prefix, names, counter, headers, path

local function split(text)
  local parts, from = {}, 1
  while true do
    local at, to, which = text:find("{([ni])}", from)
    if not at then break end
    parts[#parts + 1] = text:sub(from, at - 1)
    parts[#parts + 1] = { which }
    from = to + 1
  end
  parts[#parts + 1] = text:sub(from)
  return parts
end

local function fill(parts)
  if #parts == 1 then return parts[1] end
  local name = prefix .. (names > 0 and counter % names or counter)
  local out = {}
  for k, part in ipairs(parts) do
    if type(part) == "string" then out[k] = part
    else out[k] = part[1] == "n" and name or tostring(counter) end
  end
  return table.concat(out)
end

function init(args)
  wrk.method = args[1]
  headers = { ["Content-Type"] = args[2], ["Authorization"] = "Bearer " .. args[3] }
  local body = ""
  if args[4] ~= "" then
    local file = assert(io.open(args[4]))
    body = file:read("*a")
    file:close()
  end
  pieces, path = split(body), split(wrk.path)
  prefix, names, counter = args[5], tonumber(args[6]), 0
  if #pieces == 1 and #path == 1 then
    local request = wrk.format(nil, nil, headers, body)
    function request_once() return request end
  end
end

function request()
  if request_once then return request_once() end
  counter = counter + 1
  return wrk.format(nil, fill(path), headers, fill(pieces))
end

function done(summary, latency)
  local e = summary.errors
  io.write(string.format(
    '\n{"microseconds":%d,"requests":%d,"bytes":%d,"failed":%d,"refused":%d,"p50":%d,"p99":%d}\n',
    summary.duration, summary.requests, summary.bytes, e.connect + e.read + e.write, e.status,
    latency:percentile(50), latency:percentile(99)))
end
