-- An attempt as Postgres has it, put into this life of Redis unless somebody did it first. Of an
-- attempt that was retired its head is left: it comes back from that head only.
-- KEYS: epoch, attempt, due    ARGV: life, due, attempt id, then field, value, ...; head first.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 'life' end
local there = redis.call('HLEN', KEYS[2])
if there > 1 then return 'there' end
if there == 1 and redis.call('HGET', KEYS[2], 'head') ~= ARGV[5] then return 'head' end
for i = 4, #ARGV, 2 do redis.call('HSET', KEYS[2], ARGV[i], ARGV[i + 1]) end -- any number
if ARGV[2] ~= '' then redis.call('ZADD', KEYS[3], ARGV[2], ARGV[3]) end
return 'ok'
