-- Accounts and revocations.

-- name: insert_account
-- A new account; nothing when the id or the login is taken.
INSERT INTO accounts (id, login, role, name, password_hash, exams, halls)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT DO NOTHING
RETURNING id;

-- name: fetch_account
-- One account by its id.
SELECT id, login, role, name, exams, halls, disabled FROM accounts WHERE id = $1;

-- name: fetch_accounts
-- All accounts, by login.
SELECT id, login, role, name, exams, halls, disabled FROM accounts ORDER BY login LIMIT $1;

-- name: fetch_by_login
-- The account that signs in with this login, and its hash.
SELECT id, login, role, name, exams, halls, disabled, password_hash
FROM accounts WHERE login = $1;

-- name: change_password
-- A new hash, whatever the old one was.
UPDATE accounts SET password_hash = $2 WHERE id = $1 RETURNING id;

-- name: rehash_password
-- The same password under newer parameters; nothing when it has been changed meanwhile.
UPDATE accounts SET password_hash = $3 WHERE id = $1 AND password_hash = $2;

-- name: change_disabled
-- Shut an account out, or let it in again.
UPDATE accounts SET disabled = $2 WHERE id = $1 RETURNING id;

-- name: change_scope
-- What the account is and where it may look.
UPDATE accounts SET role = $2, exams = $3, halls = $4 WHERE id = $1 RETURNING id;

-- name: revoke
-- Refuse a token, or all tokens of a subject from before a time; the latest time wins.
INSERT INTO revocations (kind, key, valid_after, forget_after)
VALUES ($1, $2, $3, $4)
ON CONFLICT (kind, key) DO UPDATE SET
    valid_after = greatest(revocations.valid_after, excluded.valid_after),
    forget_after = greatest(revocations.forget_after, excluded.forget_after),
    changed_at = clock_timestamp();

-- name: forget_revocations
-- Drop what refuses only tokens that have expired.
DELETE FROM revocations WHERE forget_after < $1;

-- name: fetch_revocations
-- What changed since a time, oldest first. A minute is asked for twice, because a transaction
-- that began earlier may become visible later; reading a row again changes nothing.
SELECT kind, key, valid_after, forget_after, changed_at FROM revocations
WHERE $1::timestamptz IS NULL OR changed_at > $1 - interval '1 minute'
ORDER BY changed_at;
