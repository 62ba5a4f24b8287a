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

-- What stands: rev, then its label without the tag (whose, in which hall), then its body.
local function standing(field)
  local value = field ~= '' and redis.call('HGET', KEYS[2], field)
  if not value then return nil end
  local rev, said = string.match(value, '^(%d+)(.*)$')
  local label, body = string.match(said, '^(.*)\n(.*)$')
  return rev, string.sub(label, 2), body
end

local function stand(field, rev, tag, where, body)
  redis.call('HSET', KEYS[2], field, rev .. tag .. where .. '\n' .. body)
end

-- The row of somebody says where he is now: his connection goes with it.
local function move(who, where, was)
  local rev, at, body = standing(who .. ':c')
  local along = rev and at ~= where
  if was and was ~= where then tell('g' .. was, '') end
  if along and at ~= was then tell('g' .. at, '') end
  if along then
    stand(who .. ':c', rev, 'c', where, body)
    tell('c' .. where, body)
  end
end

local function leave(who)
  local row, where = standing(who .. ':r')
  local connection, at = standing(who .. ':c')
  redis.call('HDEL', KEYS[2], who .. ':r', who .. ':c')
  if row then tell('g' .. where, '') end
  if connection and at ~= where then tell('g' .. at, '') end
  return row or connection
end

for i = 6, #ARGV, 4 do
  local field, rev, label, body = ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3]
  local tag, where = string.sub(label, 1, 1), string.sub(label, 2)
  local who = string.match(where, '^([^|]*)')
  local was_rev, was_where, was_body = standing(field)
  local index = (i - 6) / 4
  if tag == 'g' then
    if not leave(who) then
      outdone[#outdone + 1] = index
      outdone[#outdone + 1] = ''
    end
  elseif was_rev and was_rev >= rev then
    outdone[#outdone + 1] = index
    outdone[#outdone + 1] = was_rev
  else
    if tag == 'c' then
      local _, at = standing(who .. ':r')
      where = at or where
      if was_where and was_where ~= where then tell('g' .. was_where, '') end
    end
    if field ~= '' then stand(field, rev, tag, where, body) end
    if tag == 'r' then move(who, where, was_where) end
    if was_where ~= where or was_body ~= body then tell(tag .. where, body) end
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
