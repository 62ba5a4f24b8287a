-- One fact of one attempt: written if the life and the attempt's head are what the writer saw.
-- No rules here: who may do what was decided in Python, on exactly this head.
-- KEYS: epoch, attempt, log, due    ARGV: life, head before, head after, fact, due, attempt id,
-- then field, value, ... of the hash.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 'life' end
if redis.call('HGET', KEYS[2], 'head') ~= ARGV[2] then return 'head' end
if redis.call('HLEN', KEYS[2]) == 1 then return 'head' end -- retired: it has to come back whole
redis.call('HSET', KEYS[2], 'head', ARGV[3], unpack(ARGV, 7))
redis.call('XADD', KEYS[3], '*', 'f', ARGV[4])
if ARGV[5] == '-' then
  redis.call('ZREM', KEYS[4], ARGV[6])
elseif ARGV[5] ~= '' then
  redis.call('ZADD', KEYS[4], ARGV[5], ARGV[6])
end
return 'ok'
