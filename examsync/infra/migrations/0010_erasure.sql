-- What is personal can be erased, and the chains of facts still verify: the hash of a fact covers
-- what it says by a digest made with a salt of its attempt, and the salt is erased with it.

ALTER TABLE attempts ADD COLUMN salt text NOT NULL DEFAULT '';
-- Nobody has asked for these attempts yet: no fact of theirs is anywhere. Facts of all others were
-- written without a salt, and go on without.
UPDATE attempts SET salt = replace(gen_random_uuid()::text, '-', '') WHERE epoch = 0 AND n = 0;
ALTER TABLE attempts ALTER COLUMN salt SET DEFAULT replace(gen_random_uuid()::text, '-', '');

-- How much of an attempt was erased ('answers', 'person'), and when that was done here.
ALTER TABLE attempts ADD COLUMN erased text NOT NULL DEFAULT ''
    CHECK (erased IN ('', 'answers', 'person'));
ALTER TABLE attempts ADD COLUMN erased_at bigint;
