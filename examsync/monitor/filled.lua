-- Everything that Postgres knows is in the feed, as of a fact of the exam; unless another
-- generation has begun meanwhile: that one has not been filled by this.
-- KEYS: meta    ARGV: generation, exam_n
if redis.call('HGET', KEYS[1], 'generation') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'filled', ARGV[1], 'as_of', ARGV[1] .. ':' .. ARGV[2])
return 1
