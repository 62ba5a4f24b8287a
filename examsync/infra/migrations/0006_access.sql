-- Codes on slips, keys of programs, and the end of what either of them signed in.

-- kind 'source': every token that came of one way of signing in, e.g. one access code.
ALTER TABLE revocations DROP CONSTRAINT revocations_kind_check;
ALTER TABLE revocations ADD CONSTRAINT revocations_kind_check
    CHECK (kind IN ('subject', 'jti', 'source'));

-- Codes are never stored, only keyed hashes of them: whoever reads this table can sign nobody in.
-- The highest nth of an attempt is the one that counts. A row outlives its registration, so that
-- a code that was replaced stays worthless when the candidate is registered again.
CREATE TABLE access_codes (
    hash     text PRIMARY KEY,
    exam     text NOT NULL,
    attempt  text NOT NULL,
    nth      integer NOT NULL CHECK (nth > 0),
    key_id   text NOT NULL,
    made_at  bigint NOT NULL,
    UNIQUE (attempt, nth)
);

-- Keys of programs: 256 random bits each, kept as a hash.
CREATE TABLE api_keys (
    id            text PRIMARY KEY,
    hash          text NOT NULL UNIQUE,
    name          text NOT NULL,
    role          text NOT NULL CHECK (role IN ('examiner', 'admin')),
    exams         text[] NOT NULL DEFAULT '{}',
    halls         text[] NOT NULL DEFAULT '{}',
    created_by    text NOT NULL,
    created_at    bigint NOT NULL,
    expires_at    bigint,
    last_used_at  bigint
);
