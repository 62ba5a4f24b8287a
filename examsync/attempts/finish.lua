-- A flushed batch: its entries leave the log and `durable` is noted beside each attempt, if this
-- is still the life the batch was read in. Deleting just these entries can touch no fresh one.
-- Of two flushers the slower one may finish last: `durable` (epoch:n) only ever grows.
-- KEYS: epoch, log, then one attempt each    ARGV: life, group, number of entries, entries...,
-- then one durable each.
local function place(durable)
  local epoch, n = string.match(durable, '^(%d+):(%d+)$')
  return epoch * 4294967296 + n
end
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 'life' end
local count = tonumber(ARGV[3])
for i = 4, 3 + count do
  redis.call('XACK', KEYS[2], ARGV[2], ARGV[i])
  redis.call('XDEL', KEYS[2], ARGV[i])
end
for i = 3, #KEYS do
  local was, is = redis.call('HGET', KEYS[i], 'durable'), ARGV[count + i + 1]
  if was and place(was) < place(is) then redis.call('HSET', KEYS[i], 'durable', is) end
end
return 'ok'
