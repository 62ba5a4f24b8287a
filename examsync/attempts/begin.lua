-- A new life begins: its epoch, its server's run_id, where the log of the former life ends, when.
-- KEYS: epoch, log    ARGV: epoch, run_id
local was = redis.call('GET', KEYS[1])
if was then
  local epoch = tonumber(string.match(was, '^(%d+):'))
  if epoch >= tonumber(ARGV[1]) then return was end
end
local last = '0-0'
if redis.call('EXISTS', KEYS[2]) == 1 then
  local info = redis.call('XINFO', 'STREAM', KEYS[2])
  for i = 1, #info, 2 do
    if info[i] == 'last-generated-id' then last = info[i + 1] end
  end
end
local time = redis.call('TIME')
local ms = time[1] * 1000 + math.floor(time[2] / 1000)
local life = ARGV[1] .. ':' .. ARGV[2] .. ':' .. last .. ':' .. string.format('%.0f', ms)
redis.call('SET', KEYS[1], life)
return life
