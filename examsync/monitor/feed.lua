-- Pieces of an exam's feed: those newer than what stands are kept, and told as one entry of the
-- stream unless they say the same. No rule here but "the newer rev wins"; revs are digits of one
-- length. "fill" tells nothing while nobody can have read the feed; when it has been filled (by
-- somebody else, if this one was held up), whatever stands from then on is told.
-- KEYS: meta, rows, feed    ARGV: "tell" or "fill", life_ms, entries_max, bytes_max, at,
-- then field, rev, label, body of each piece (field "": it does not stand, and is always told).
-- Replies nothing if there is no feed, else generation, version, then index, standing rev, ...
-- of those that were not newer.
local generation = redis.call('HGET', KEYS[1], 'generation')
if not generation then return false end
local quiet = ARGV[1] == 'fill' and redis.call('HGET', KEYS[1], 'filled') ~= generation
local told, outdone, bytes = {}, {}, 0
for i = 6, #ARGV, 4 do
  local field, rev, label, body = ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3]
  local said = label .. '\n' .. body
  local was = field ~= '' and redis.call('HGET', KEYS[2], field)
  if was and string.sub(was, 1, #rev) >= rev then
    outdone[#outdone + 1] = (i - 6) / 4
    outdone[#outdone + 1] = string.sub(was, 1, #rev)
  else
    if field ~= '' then redis.call('HSET', KEYS[2], field, rev .. said) end
    if not was or string.sub(was, #rev + 1) ~= said then
      told[#told + 1] = label
      told[#told + 1] = body
      bytes = bytes + #said
    end
  end
end
redis.call('PEXPIRE', KEYS[2], ARGV[2])
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
