-- A new generation of an exam's feed, empty, unless somebody has begun one since `was`.
-- KEYS: meta, rows, feed    ARGV: was, the new generation, run_id, life_ms
local generation = redis.call('HGET', KEYS[1], 'generation')
if generation and generation ~= ARGV[1] then return generation end
redis.call('DEL', KEYS[1], KEYS[2], KEYS[3])
redis.call('HSET', KEYS[1], 'generation', ARGV[2], 'run_id', ARGV[3], 'version', 0)
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return ARGV[2]
