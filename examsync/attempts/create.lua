-- An attempt as Postgres has it, put into this life of Redis unless somebody did it first.
-- KEYS: epoch, attempt, due    ARGV: life, due, attempt id, then field, value, ...
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 'life' end
if redis.call('EXISTS', KEYS[2]) == 1 then return 'there' end
redis.call('HSET', KEYS[2], unpack(ARGV, 4))
if ARGV[2] ~= '' then redis.call('ZADD', KEYS[3], ARGV[2], ARGV[3]) end
return 'ok'
