-- Accounts and revocations.

-- name: insert_account
-- A new account; nothing when the id or the login is taken.
INSERT INTO accounts (id, login, role, name, password_hash, exams, halls, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, to_timestamp($8::bigint / 1000.0))
ON CONFLICT DO NOTHING
RETURNING id;

-- name: fetch_account
-- One account by its id. Who is changing it just now is waited for.
SELECT id, login, role, name, exams, halls, disabled,
       round(extract(epoch FROM created_at) * 1000)::bigint AS created_at
FROM accounts WHERE id = $1 FOR SHARE;

-- name: fetch_accounts
-- All accounts, by login.
SELECT id, login, role, name, exams, halls, disabled,
       round(extract(epoch FROM created_at) * 1000)::bigint AS created_at
FROM accounts ORDER BY login LIMIT $1;

-- name: fetch_by_login
-- The account that signs in with this login, and its hash. Who is changing it just now is waited
-- for: a token must not be given for a password that is being replaced.
SELECT id, login, role, name, exams, halls, disabled,
       round(extract(epoch FROM created_at) * 1000)::bigint AS created_at, password_hash
FROM accounts WHERE login = $1 FOR SHARE;

-- name: count_accounts
-- How many accounts are wanted.
SELECT count(*) FROM accounts
WHERE ($1::text IS NULL OR role = $1) AND ($3::boolean IS NULL OR disabled = $3)
  AND position(lower($2) IN lower(login || chr(10) || name || chr(10) || id)) > 0;

-- name: accounts_up
-- A page of accounts behind ($5, $6), by $4. Byte order: the cursor is compared as it was read.
SELECT * FROM (
    SELECT id, login, role, name, exams, halls, disabled,
           round(extract(epoch FROM created_at) * 1000)::bigint AS created_at,
           CASE $4 WHEN 'name' THEN lower(name) WHEN 'role' THEN role ELSE login END AS sorted
    FROM accounts
    WHERE ($1::text IS NULL OR role = $1) AND ($3::boolean IS NULL OR disabled = $3)
      AND position(lower($2) IN lower(login || chr(10) || name || chr(10) || id)) > 0) a
WHERE $5::text IS NULL OR (sorted COLLATE "C", id COLLATE "C") > ($5, $6)
ORDER BY sorted COLLATE "C", id COLLATE "C" LIMIT $7;

-- name: accounts_down
-- The same from the other end.
SELECT * FROM (
    SELECT id, login, role, name, exams, halls, disabled,
           round(extract(epoch FROM created_at) * 1000)::bigint AS created_at,
           CASE $4 WHEN 'name' THEN lower(name) WHEN 'role' THEN role ELSE login END AS sorted
    FROM accounts
    WHERE ($1::text IS NULL OR role = $1) AND ($3::boolean IS NULL OR disabled = $3)
      AND position(lower($2) IN lower(login || chr(10) || name || chr(10) || id)) > 0) a
WHERE $5::text IS NULL OR (sorted COLLATE "C", id COLLATE "C") < ($5, $6)
ORDER BY sorted COLLATE "C" DESC, id COLLATE "C" DESC LIMIT $7;

-- name: lock_admins
-- The admins there are; of two who are demoted at once, one is demoted after the other.
SELECT id FROM accounts WHERE role = 'admin' AND NOT disabled ORDER BY id FOR UPDATE;

-- name: lock_account
-- One account that is about to be changed.
SELECT id, login, role, name, exams, halls, disabled,
       round(extract(epoch FROM created_at) * 1000)::bigint AS created_at
FROM accounts WHERE id = $1 FOR UPDATE;

-- name: change_account
-- What an account is, where it may look, and whether it may sign in.
UPDATE accounts SET name = $2, role = $3, exams = $4, halls = $5, disabled = $6 WHERE id = $1;

-- name: change_password
-- A new hash, whatever the old one was.
UPDATE accounts SET password_hash = $2 WHERE id = $1 RETURNING id;

-- name: rehash_password
-- The same password under newer parameters; nothing when it has been changed meanwhile.
UPDATE accounts SET password_hash = $3 WHERE id = $1 AND password_hash = $2;

-- name: alone_with_key
-- Who ends the tokens of a key, and those who renew one of them, are one after the other.
SELECT pg_advisory_xact_lock(hashtextextended($1, 17));

-- name: beside_key
-- Those who renew a token of a key may do so at the same time.
SELECT pg_advisory_xact_lock_shared(hashtextextended($1, 17));

-- name: revoke
-- Refuse a token, or all tokens of a subject or source from before a time; the latest time wins.
INSERT INTO revocations (kind, key, valid_after, forget_after)
VALUES ($1, $2, $3, $4)
ON CONFLICT (kind, key) DO UPDATE SET
    valid_after = greatest(revocations.valid_after, excluded.valid_after),
    forget_after = greatest(revocations.forget_after, excluded.forget_after),
    changed_at = clock_timestamp();

-- name: revoke_sources
-- The same for many sources, for good.
INSERT INTO revocations (kind, key, valid_after, forget_after)
SELECT 'source', key, $2, $2 FROM unnest($1::text[]) AS key
ON CONFLICT (kind, key) DO NOTHING;

-- name: forget_revocations
-- Drop what refuses only tokens that have expired.
DELETE FROM revocations WHERE forget_after < $1;

-- name: is_revoked
-- Whether a token of this subject, jti, source and time of issue is refused.
SELECT EXISTS (
    SELECT FROM revocations
    WHERE (kind = 'jti' AND key = $2)
       OR (kind = 'subject' AND key = $1 AND valid_after > $4)
       OR (kind = 'source' AND key = $3 AND valid_after > $4));

-- name: fetch_revocations
-- What changed since a time, oldest first. A minute is asked for twice, because a transaction
-- that began earlier may become visible later; reading a row again changes nothing.
SELECT kind, key, valid_after, forget_after, changed_at FROM revocations
WHERE $1::timestamptz IS NULL OR changed_at > $1 - interval '1 minute'
ORDER BY changed_at;
