-- Asks Sallyport about a request with HAProxy's own HTTP client, and acts on the answer. HAProxy 2.6 or newer.

local URL = os.getenv("SALLYPORT_URL") or "http://127.0.0.1:11001/auth/haproxy"
local SOCKET = os.getenv("SALLYPORT_SOCKET")
local TIMEOUT = tonumber(os.getenv("SALLYPORT_TIMEOUT_MS") or "1000")

-- Of what the client sent, only this takes part in the decision.
local ASKED_WITH = {
  "accept", "accept-language", "access-control-request-method", "authorization", "cookie", "dpop", "origin",
  "sec-fetch-dest", "sec-fetch-mode", "sec-fetch-site", "upgrade", "user-agent", "x-requested-with",
}

-- All of Sallyport's "identity_headers".
local IDENTITY = {
  "X-Forwarded-User", "X-Forwarded-Email", "X-Forwarded-Groups", "X-Forwarded-Scopes",
  "X-Forwarded-Preferred-Username",
}

-- Taken away before the application. One with tokens of its own (a rule with "app_authorization: true") gets them when
-- "authorization" is gone from here.
local CREDENTIALS = { "authorization", "dpop" }

-- Sallyport's cookies, by the beginning of their names. With "cookie.name: gate" there are "__Host-gate" and
-- "__Secure-gate" besides.
local COOKIES = { "__Host-sallyport", "__Secure-sallyport" }

-- That of edge auth and of Cloudflare Access, by its whole name.
local EDGE_COOKIE = "CF_Authorization"

-- What the client sees of a refusal.
local SHOWN = {
  "cache-control", "content-type", "retry-after", "set-cookie", "www-authenticate", "x-auth-login", "x-decision-id",
}

-- The values of one header. Tables of headers start at 0 in requests, and at 0 or 1 in answers.
local function values(list)
  local found = {}
  if list then
    for at = 0, 63 do
      if list[at] then found[#found + 1] = list[at] end
    end
  end
  return found
end

local function reply(txn, status, headers, body)
  local answer = txn:reply({ status = status })
  for _, header in ipairs(headers) do answer:add_header(header[1], header[2]) end
  answer:set_body(body)
  txn:done(answer)
end

-- Sallyport is down, slow or broken: closed.
local function unavailable(txn)
  reply(txn, 503, {
    { "content-type", "application/json" }, { "cache-control", "no-store" }, { "retry-after", "5" },
  }, '{"error":"temporarily_unavailable"}')
end

local function is_ours(pair)
  local name = pair:match("^[ \t]*(.-)[ \t]*=") or pair
  if name == EDGE_COOKIE then return true end
  for _, beginning in ipairs(COOKIES) do
    if name:sub(1, #beginning) == beginning then return true end
  end
  return false
end

-- The Cookie header without Sallyport's cookies, every other one byte for byte.
local function without_ours(header)
  local kept = {}
  for pair in header:gmatch("[^;]+") do
    if not is_ours(pair) then kept[#kept + 1] = pair end
  end
  return (table.concat(kept, ";"):gsub("^[ \t]+", ""):gsub("[ \t]+$", ""))
end

-- The question: nothing the client sent but what is named above, and what HAProxy knows about the request.
local function question(txn, sent)
  local headers = {}
  for _, name in ipairs(ASKED_WITH) do
    local all = values(sent[name])
    -- HTTP/2 sends each cookie by itself. Any other header that is repeated is Sallyport's to refuse.
    if name == "cookie" and #all > 1 then all = { table.concat(all, "; ") } end
    if #all > 0 then headers[name] = all end
  end
  local host = values(sent["host"])[1] or ""
  headers["host"] = { host }
  headers["x-forwarded-method"] = { txn.sf:method() }
  headers["x-forwarded-uri"] = { txn.sf:pathq() }
  headers["x-forwarded-host"] = { host }
  headers["x-forwarded-proto"] = { txn:get_var("txn.scheme") or "http" }
  headers["x-forwarded-for"] = { txn.sf:src() }
  return headers
end

local function pass(txn, sent, answer)
  for _, name in ipairs(IDENTITY) do
    local all = values(answer.headers[name:lower()])
    if #all > 1 then return unavailable(txn) end
    txn.http:req_del_header(name)
    if #all == 1 and all[1] ~= "" then txn.http:req_set_header(name, all[1]) end
  end
  for _, name in ipairs(CREDENTIALS) do txn.http:req_del_header(name) end
  local cookie = without_ours(table.concat(values(sent["cookie"]), "; "))
  txn.http:req_del_header("cookie")
  if cookie ~= "" then txn.http:req_set_header("cookie", cookie) end
end

-- 401 and 403 with an address for a page load become a redirect to it, all others are passed on.
local function refuse(txn, answer)
  local status = answer.status
  local headers = {}
  for _, name in ipairs(SHOWN) do
    for _, value in ipairs(values(answer.headers[name])) do headers[#headers + 1] = { name, value } end
  end
  local target = values(answer.headers["x-auth-redirect"])[1]
  if target then
    headers[#headers + 1] = { "location", target }
    return reply(txn, status == 401 and 302 or 303, headers, "")
  end
  if status == 403 and values(answer.headers["x-auth-status"])[1] == "429" then status = 429 end
  reply(txn, status, headers, answer.body or "")
end

core.register_action("sallyport", { "http-req" }, function(txn)
  local sent = txn.http:req_get_headers()
  local asked, answer = pcall(function()
    return core.httpclient():get({ url = URL, dst = SOCKET, headers = question(txn, sent), timeout = TIMEOUT })
  end)
  if not asked or not answer then return unavailable(txn) end
  if answer.status == 200 then return pass(txn, sent, answer) end
  if answer.status == 401 or answer.status == 403 then return refuse(txn, answer) end
  unavailable(txn)
end, 0)
