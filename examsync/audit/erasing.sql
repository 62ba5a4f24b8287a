-- What is personal leaves Postgres. Every table is spoken for here: who adds one that holds
-- anything of a candidate adds what becomes of it, and a test asks him to.

-- name: sought
-- Attempts of an exam, of a candidate, or both (NULL: any), by id, with what there is of each.
SELECT a.id, a.exam, a.candidate, a.state, a.closed_at, a.grading, a.n, a.epoch, a.salt, a.erased,
       r.close, r.revision, r.marks,
       (SELECT count(*) FROM facts f WHERE f.attempt = a.id AND f.kind <> 'erased'
            AND f.fact NOT LIKE '%"body":{"kind":"blanked"%') AS facts,
       (SELECT count(*) FROM responses s WHERE s.attempt = a.id) AS responses
FROM attempts a
LEFT JOIN LATERAL (
    SELECT close, revision, marks FROM results
    WHERE attempt = a.id AND close = a.closes ORDER BY revision DESC LIMIT 1
) r ON true
WHERE ($1::text IS NULL OR a.exam = $1) AND ($2::text IS NULL OR a.candidate = $2)
    AND ($3::text[] IS NULL OR a.id = ANY($3))
ORDER BY a.id

-- name: due
-- Exams whose last release was so long ago, with when that was, and that have attempts which were
-- not erased so far; a release that was withdrawn is none.
SELECT r.exam, r.done_at FROM (
    SELECT DISTINCT ON (exam) exam, kind, done_at FROM releases ORDER BY exam, number DESC
) r
WHERE r.kind = 'released' AND r.done_at < $1
    AND EXISTS (SELECT FROM attempts a WHERE a.exam = r.exam AND a.closed_at IS NOT NULL
                AND (a.erased = '' OR ($2 = 'person' AND a.erased <> 'person')))
ORDER BY r.done_at, r.exam

-- name: hold
-- One attempt, locked against flush, grading and rebuilding.
SELECT id, exam, candidate, name, hall, "group", factor_permille, extension_ms, state, epoch, n,
       head, core, salt
FROM attempts WHERE id = $1 FOR UPDATE

-- name: fetch_facts
-- All facts of an attempt, branches included.
SELECT hash, fact, branch FROM facts WHERE attempt = $1

-- name: delete_branches
-- Facts that came after the erasure, from another life of Redis: no salt is left for a digest, and
-- the chain does without them.
DELETE FROM facts WHERE attempt = $1 AND branch AND hash = ANY($2::text[])

-- name: blank_facts
-- What facts said is taken from them.
UPDATE facts AS f SET fact = u.fact FROM unnest($2::text[], $3::text[]) AS u(hash, fact)
WHERE f.attempt = $1 AND f.hash = u.hash

-- name: delete_responses
-- What was answered.
DELETE FROM responses WHERE attempt = $1

-- name: delete_commands
-- What was asked for, but for this erasure itself.
DELETE FROM commands c USING attempts a
WHERE c.attempt = $1 AND a.id = c.attempt AND c.n < a.n

-- name: delete_hand_marks
-- What markers wrote.
DELETE FROM hand_marks WHERE attempt = $1

-- name: delete_results
-- Results: those that do not stand, or all of them ($2).
DELETE FROM results r USING attempts a
WHERE r.attempt = $1 AND a.id = r.attempt AND ($2 OR (r.close, r.revision) <> (
    SELECT close, revision FROM results
    WHERE attempt = a.id AND close = a.closes ORDER BY revision DESC LIMIT 1))

-- name: reduce_result
-- Of the result that stands the total is left, and when it was released.
UPDATE results SET reason = '', waiting = '{}', marks = jsonb_build_object(
    'whole', marks -> 'whole', 'sections', '{}'::jsonb, 'items', '[]'::jsonb)
WHERE attempt = $1

-- name: delete_news
-- News of its results that nobody has taken.
DELETE FROM outbox WHERE attempt = $1

-- name: delete_told
-- What would become an event.
DELETE FROM event_outbox WHERE attempt = $1

-- name: delete_events
-- Events of it, and their deliveries with them.
DELETE FROM events WHERE attempt = $1

-- name: delete_codes
-- Its access codes.
DELETE FROM access_codes WHERE attempt = $1

-- name: mark_erased
-- No salt any more, so that nobody can try out guesses; nor what was planned for this candidate.
UPDATE attempts SET salt = '', erased = $2, factor_permille = 1000, extension_ms = 0,
    closes_told = closes, erased_at = (extract(epoch FROM clock_timestamp()) * 1000)::bigint
WHERE id = $1

-- name: forget_person
-- Nor who it was, nor how well it went.
UPDATE attempts SET candidate = 'erased:' || id, name = '', hall = '', "group" = '',
    grading = 'none'
WHERE id = $1

-- name: left_of
-- Attempts of a candidate that still have a name.
SELECT count(*) FROM attempts WHERE candidate = $1

-- name: delete_account
-- A candidate's account.
DELETE FROM accounts WHERE id = $1 AND role = 'candidate' RETURNING id
