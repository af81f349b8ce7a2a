-- SPDX-License-Identifier: ISC
--
-- wrk -s post.lua URL -- TRAFFIC [INTEGRATION...]
--
--   creates       each opens an alert: example 2 of the protocol
--   mixed         50 % create, 15 % duplicate, 15 % acknowledge, 20 % resolve
--   arrays        arrays of 100 creates
--   alertmanager  the alert of creates, as Alertmanager takes it
--   senders       arrays of 1000 small creates, to INTEGRATIONs below URL in
--                 turn
--   strangers     the same without unique Ids, to an INTEGRATION that does not
--                 exist
--   webhook       an alert as Alertmanager's webhook sends it; translated:
--                 the event into which its dialect translates it; webhooks,
--                 translations: 50 of them in a request
--
-- A request is a few strings put together, so that wrk costs the same for every
-- contender.  Ids are unique within one run of one thread; mixed starts at
-- block SEED, so the Ids before it must have been created.

local ITEMS = 100 -- of an array
local GROUP = 50 -- alerts of a group
local LAG = 50 -- blocks of 20 requests between a create and what follows it
local SEED = 2 * LAG

local create = {
    '{"event_type":"create","Id":"bench-',
    '","Title":"Example Incident Title",' ..
    '"Description":"Example Incident Description",' ..
    '"Tags":["a","b","c"],' ..
    '"Meta":{"incident":true,"incident_severity":"SEV-1",' ..
    '"incident_message":' ..
    '"Please join conference bridge 1-800-123-4567"}}',
}
local acknowledge = { '{"event_type":"acknowledge","Id":"bench-', '"}' }
local resolve = { '{"event_type":"resolve","Id":"bench-', '"}' }
local alert = {
    '[{"labels":{"alertname":"Example Incident Title","id":"bench-',
    '","severity":"SEV-1","tags":"a,b,c"},"annotations":{' ..
    '"description":"Example Incident Description","incident":"true",' ..
    '"incident_message":' ..
    '"Please join conference bridge 1-800-123-4567"}}]',
}

-- The same alert as Alertmanager sends it, and as its dialect translates it.
local webhook = {
    '{"status":"firing","labels":{"alertname":"DiskFull",' ..
    '"instance":"db1:9100","job":"node","severity":"critical",' ..
    '"team":"db"},"annotations":{"summary":"/var on db1 is full",' ..
    '"description":"97 % used"},"startsAt":"2026-11-28T03:00:00.5Z",' ..
    '"endsAt":"0001-01-01T00:00:00Z","generatorURL":' ..
    '"http://prometheus.example.org/graph?a=b","fingerprint":"',
    '"}',
}
local group = {
    '{"version":"4","groupKey":"{}:{team=\\"db\\"}","truncatedAlerts":0,' ..
    '"status":"firing","receiver":"tocsin","groupLabels":{"team":"db"},' ..
    '"commonLabels":{"team":"db"},"commonAnnotations":{},' ..
    '"externalURL":"http://alertmanager.example.org:9093","alerts":[',
    ']}',
}
local translated = {
    '{"event_type":"create","Id":"',
    '","Title":"/var on db1 is full","Description":"97 % used",' ..
    '"urgency":"critical","Tags":["alertname:DiskFull",' ..
    '"instance:db1:9100","job:node","severity:critical","team:db"],' ..
    '"annotations":{"summary":"/var on db1 is full",' ..
    '"description":"97 % used"},"groupKey":"{}:{team=\\"db\\"}",' ..
    '"Meta":{"dialect":"alertmanager",' ..
    '"url":"http://prometheus.example.org/graph?a=b",' ..
    '"alertmanager_url":"http://alertmanager.example.org:9093",' ..
    '"receiver":"tocsin","startsAt":"2026-11-28T03:00:00.5Z",' ..
    '"labels":{"alertname":"DiskFull","instance":"db1:9100",' ..
    '"job":"node","severity":"critical","team":"db"}}}',
}

-- What one block of 20 requests does: to which of the ten alerts of a block
-- how far back.  Every alert is created, some are repeated (0 to 2),
-- acknowledged (3 to 5), resolved as acknowledged (3, 4) or open (6, 7).
local steps = {
    { create, 0, 0 }, { create, 0, 1 }, { create, LAG, 0 },
    { create, 0, 2 }, { acknowledge, LAG, 3 }, { create, 0, 3 },
    { resolve, LAG, 6 }, { create, 0, 4 }, { resolve, SEED, 3 },
    { create, LAG, 1 }, { create, 0, 5 }, { acknowledge, LAG, 4 },
    { create, 0, 6 }, { create, 0, 7 }, { resolve, LAG, 7 },
    { create, LAG, 2 }, { create, 0, 8 }, { acknowledge, LAG, 5 },
    { create, 0, 9 }, { resolve, SEED, 4 },
}

local requests = {}
local n = 0

local function head(length, path)
    return table.concat({
        "POST " .. (path or wrk.path) .. " HTTP/1.1",
        "Host: " .. wrk.host .. ":" .. wrk.port,
        "Content-Type: application/json",
        "Content-Length: " .. length,
        "", "",
    }, "\r\n")
end

-- The bytes before and after the 8 digits of the Id.
local function around(parts)
    return head(#parts[1] + 8 + #parts[2]) .. parts[1], parts[2]
end

local function one_kind(parts)
    return function()
        local before, after = around(parts)
        return function()
            n = n + 1
            return before .. string.format("%08d", n) .. after
        end
    end
end

requests.creates = one_kind(create)
requests.alertmanager = one_kind(alert)

function requests.mixed()
    local before, after = {}, {}
    for i, step in ipairs(steps) do
        before[i], after[i] = around(step[1])
    end
    local block, at = SEED, 0
    return function()
        at = at + 1
        if at > #steps then
            block, at = block + 1, 1
        end
        local step = steps[at]
        local id = 10 * (block - step[2]) + step[3]
        return before[at] .. string.format("%08d", id) .. after[at]
    end
end

-- The Ids of an array are 6 digits of its own and 2 of the item.
local function several(items, open, item, close)
    return function()
        local length = #open + items * (#item[1] + 8 + #item[2] + 1) - 1
            + #close
        local pieces = { head(length) .. open .. item[1] }
        for i = 1, items do
            pieces[2 * i] = ""
            pieces[2 * i + 1] = string.format("%02d", i % 100) .. item[2]
                .. (i < items and "," .. item[1] or close)
        end
        return function()
            n = n + 1
            local digits = string.format("%06d", n)
            for i = 1, items do
                pieces[2 * i] = digits
            end
            return table.concat(pieces)
        end
    end
end

-- Arrays of 1000, of some 45 kB.  The Ids are 8 digits of the array and 3 of
-- the item.
local small = { '{"event_type":"create","Id":"', '","Title":"t"}' }
local THOUSAND = 1000

local function thousand(digits)
    local pieces = {}
    for i = 1, THOUSAND do
        pieces[i] = small[1] .. digits .. string.format("%03d", i - 1)
            .. small[2]
    end
    return "[" .. table.concat(pieces, ",") .. "]"
end

function requests.senders(integrations)
    local length = #thousand("00000000")
    local heads = {}
    for i, integration in ipairs(integrations) do
        heads[i] = head(length, wrk.path .. integration)
    end
    return function()
        n = n + 1
        return heads[n % #heads + 1] .. thousand(string.format("%08d", n))
    end
end

function requests.strangers(integrations)
    local body = thousand("00000000")
    local whole = head(#body, wrk.path .. integrations[1]) .. body
    return function()
        return whole
    end
end

requests.arrays = several(ITEMS, "[", create, "]")
requests.webhook = several(1, group[1], webhook, group[2])
requests.translated = one_kind(translated)
requests.webhooks = several(GROUP, group[1], webhook, group[2])
requests.translations = several(GROUP, "[", translated, "]")

function init(args)
    request = requests[table.remove(args, 1)](args)
end

function done(summary, latency)
    local e = summary.errors
    io.write(string.format(
        "result answers=%d refused=%d late=%d connect=%d write=%d read=%d "
            .. "us=%d p50=%d p99=%d\n",
        summary.requests, e.status, e.timeout, e.connect, e.write, e.read,
        summary.duration, latency:percentile(50), latency:percentile(99)))
end
