-- A closed attempt that is durable leaves Redis, but for its head: whoever read Postgres long ago
-- cannot bring an older state back. KEYS: epoch, attempt    ARGV: life, head
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 'life' end
if redis.call('HGET', KEYS[2], 'head') ~= ARGV[2] then return 'head' end
redis.call('DEL', KEYS[2])
redis.call('HSET', KEYS[2], 'head', ARGV[2])
return 'ok'
