-- Attempts of older lives leave Redis, if this server is still in the life that they are older
-- than: of two primaries the other one may be in one of those.
-- KEYS: epoch, attempts...    ARGV: life
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 'life' end
for i = 2, #KEYS do redis.call('UNLINK', KEYS[i]) end
return 'ok'
