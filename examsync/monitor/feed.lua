-- Pieces of an exam's feed: those newer than what stands are kept, and told as one entry of the
-- stream unless they say the same. The newer rev wins (digits of one length). A connection is in
-- the hall of its row, whatever its label says: whoever leaves a hall is told as gone there.
-- "fill" tells nothing while nobody can have read the feed; when it has been filled (by somebody
-- else, if this one was held up), whatever stands from then on is told.
-- KEYS: meta, rows, feed    ARGV: "tell" or "fill", life_ms, entries_max, bytes_max, at,
-- then field, rev, label, body of each piece. Field "": it does not stand, and is always told; but
-- label "g...": whoever it names stands no more.
-- Replies nothing if there is no feed, else generation, version, then index, standing rev, ...
-- of those that were not newer (gone: of whom nothing stood).
local generation = redis.call('HGET', KEYS[1], 'generation')
if not generation then return false end
local quiet = ARGV[1] == 'fill' and redis.call('HGET', KEYS[1], 'filled') ~= generation
local told, outdone, bytes = {}, {}, 0

local function tell(label, body)
  told[#told + 1] = label
  told[#told + 1] = body
  bytes = bytes + #label + #body + 1
end

-- Of what stands: its rev, and where its label begins after the tag (whose, in which hall).
local function begins(value)
  local from = string.match(value, '^%d+%a()')
  return string.sub(value, 1, from - 2), from
end

-- The label of what stands, and its body; the body has no line break.
local function parts(value)
  local _, from = begins(value)
  return string.match(value, '^(.*)\n(.*)$', from)
end

-- Whether the label of what stands is this one: told without a look at the body's every letter.
local function is_at(value, where)
  local _, from = begins(value)
  local to = from + #where
  return string.sub(value, from, to) == where .. '\n' and not string.find(value, '\n', to + 1, true)
end

local function standing(field)
  return field ~= '' and redis.call('HGET', KEYS[2], field)
end

local function stand(field, rev, tag, where, body)
  redis.call('HSET', KEYS[2], field, rev .. tag .. where .. '\n' .. body)
end

-- The row of somebody says where he is now, and `was` where he was: his connection goes with it.
local function move(who, where, was)
  local connection = standing(who .. ':c')
  if was then tell('g' .. was, '') end
  if connection and not is_at(connection, where) then
    local at, body = parts(connection)
    if at ~= was then tell('g' .. at, '') end
    stand(who .. ':c', begins(connection), 'c', where, body)
    tell('c' .. where, body)
  end
end

local function leave(who)
  local row, connection = standing(who .. ':r'), standing(who .. ':c')
  local where = row and parts(row)
  redis.call('HDEL', KEYS[2], who .. ':r', who .. ':c')
  if row then tell('g' .. where, '') end
  if connection and not (where and is_at(connection, where)) then
    tell('g' .. parts(connection), '')
  end
  return row or connection
end

for i = 6, #ARGV, 4 do
  local field, rev, label, body = ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3]
  local tag, where = string.sub(label, 1, 1), string.sub(label, 2)
  local who = string.match(where, '^[^|]*')
  local was, index = standing(field), (i - 6) / 4
  if tag == 'g' then
    if not leave(who) then
      outdone[#outdone + 1] = index
      outdone[#outdone + 1] = ''
    end
  elseif was and string.sub(was, 1, #rev) >= rev then
    outdone[#outdone + 1] = index
    outdone[#outdone + 1] = string.sub(was, 1, #rev)
  else
    local row = tag == 'c' and standing(who .. ':r')
    if row and not is_at(row, where) then where = parts(row) end
    local left = was and not is_at(was, where) and parts(was) or nil
    if field ~= '' then stand(field, rev, tag, where, body) end
    if tag == 'r' then move(who, where, left) end
    if tag == 'c' and left then tell('g' .. left, '') end
    if not was or string.sub(was, #rev + 1) ~= tag .. where .. '\n' .. body then
      tell(tag .. where, body)
    end
  end
end
if #told > 0 or ARGV[1] == 'fill' then redis.call('PEXPIRE', KEYS[2], ARGV[2]) end
if quiet or #told == 0 then
  return {generation, redis.call('HGET', KEYS[1], 'version'), unpack(outdone)}
end
local version = redis.call('HINCRBY', KEYS[1], 'version', 1)
local total = redis.call('HINCRBY', KEYS[1], 'bytes', bytes)
local entries = math.floor(math.min(tonumber(ARGV[3]), tonumber(ARGV[4]) * version / total))
redis.call('XADD', KEYS[3], 'MAXLEN', '~', math.max(entries, 100), version .. '-0',
  'generation', generation, 'at', ARGV[5], unpack(told))
redis.call('PEXPIRE', KEYS[3], ARGV[2])
return {generation, tostring(version), unpack(outdone)}
