-- Access codes and API keys.

-- name: lock_codes
-- Codes of one exam are made by one at a time.
SELECT pg_advisory_xact_lock(hashtextextended($1, 18));

-- name: latest_codes
-- The number of the code that counts, and the key it was made with, of each attempt that has one.
SELECT DISTINCT ON (attempt) attempt, nth, key_id FROM access_codes
WHERE attempt = ANY($1::text[]) ORDER BY attempt, nth DESC;

-- name: insert_codes
-- New codes; one whose hash is taken is left out, and gets the next number.
INSERT INTO access_codes (hash, attempt, nth, exam, key_id, made_at)
SELECT a.*, $4::text, $5::text, $6::bigint
FROM unnest($1::text[], $2::text[], $3::int[]) AS a(hash, attempt, nth)
ON CONFLICT DO NOTHING RETURNING attempt;

-- name: find_code
-- The exam, attempt and number of a code by its hashes (one for each key), and which one counts.
SELECT c.exam, c.attempt, c.nth,
       (SELECT max(l.nth) FROM access_codes l WHERE l.attempt = c.attempt) AS latest
FROM access_codes c WHERE c.hash = ANY($1::text[]);

-- name: insert_key
-- A new API key, unless there are $10 of them already.
INSERT INTO api_keys (id, hash, name, role, exams, halls, created_by, created_at, expires_at)
SELECT $1::text, $2::text, $3::text, $4::text, $5::text[], $6::text[], $7::text, $8::bigint,
       $9::bigint
WHERE (SELECT count(*) FROM api_keys) < $10
RETURNING id;

-- name: fetch_keys
-- All API keys with their hashes, the newest first.
SELECT id, hash, name, role, exams, halls, created_by, created_at, expires_at, last_used_at
FROM api_keys ORDER BY created_at DESC, id;

-- name: fetch_key
-- One API key by its hash.
SELECT id, hash, name, role, exams, halls, created_by, created_at, expires_at, last_used_at
FROM api_keys WHERE hash = $1;

-- name: delete_key
-- A key is believed no more.
DELETE FROM api_keys WHERE id = $1 RETURNING id;

-- name: note_keys_used
-- When keys were last used, as far as this process saw it.
UPDATE api_keys k SET last_used_at = greatest(coalesce(k.last_used_at, 0), u.at)
FROM unnest($1::text[], $2::bigint[]) AS u(id, at) WHERE k.id = u.id;
