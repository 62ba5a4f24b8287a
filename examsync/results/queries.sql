-- Results: what drives grading, and what is asked of it.

-- name: lock_due
-- Closed attempts without a result of their present state, locked; those others hold are left.
SELECT a.id
FROM attempts a
LEFT JOIN LATERAL (
    SELECT n, ruling FROM results
    WHERE attempt = a.id AND close = a.closes ORDER BY revision DESC LIMIT 1
) r ON true
WHERE a.grading = 'pending' AND a.erased = '' AND a.id <> ALL($2::text[])
    AND (r.n IS NULL OR r.n < a.n
        OR EXISTS (SELECT FROM rulings WHERE rulings.exam = a.exam AND number > r.ruling))
ORDER BY a.closed_at LIMIT $1
FOR UPDATE OF a SKIP LOCKED

-- name: lock_attempts
-- Hold these attempts against flush and grading, in the flush's order. Where the answers were
-- erased there is nothing to grade any more: such an attempt is as good as not there.
SELECT id FROM attempts WHERE id = ANY($1::text[]) AND erased = '' ORDER BY id FOR UPDATE

-- name: fetch_standings
-- Attempts with the latest result of their present close. Ask after locking, in a statement of its
-- own: the one that waited for a lock still sees the results of before it waited.
SELECT a.id AS attempt, a.exam, e.paper, a.hall, a.closes AS close, a.n, a.grading, a.closed_at,
       coalesce(r.revision, 0) AS revision, r.marks, r.released_at, r.released_by, r.reveal,
       EXISTS (SELECT FROM results
               WHERE attempt = a.id AND close = a.closes AND waiting = '{}') AS complete
FROM attempts a
JOIN exams e ON e.id = a.exam
LEFT JOIN LATERAL (
    SELECT * FROM results WHERE attempt = a.id AND close = a.closes ORDER BY revision DESC LIMIT 1
) r ON true
WHERE a.id = ANY($1::text[]) ORDER BY a.id

-- name: fetch_responses
-- What stands for each item of these attempts.
SELECT attempt, item, response FROM responses WHERE attempt = ANY($1::text[])

-- name: fetch_hands
-- The latest marks by hand for each item of these attempts.
SELECT DISTINCT ON (attempt, item) attempt, item, marks, fingerprint
FROM hand_marks WHERE attempt = ANY($1::text[]) ORDER BY attempt, item, number DESC

-- name: fetch_rulings
-- The latest ruling for each item of an exam, among those up to a number.
SELECT DISTINCT ON (item) item, rule, entry, rulings.number
FROM rulings LEFT JOIN questions ON questions.number = rulings.question
WHERE exam = $1 AND rulings.number <= $2 ORDER BY item, rulings.number DESC

-- name: insert_results
-- The next revision of a result; who holds the attempt's row is alone with it.
INSERT INTO results (attempt, close, revision, n, ruling, marks, total_value, waiting, made_at,
                     made_by, reason, released_at, released_by, reveal)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)

-- name: touch_results
-- The same marks again: known to hold for later facts and rulings as well.
UPDATE results SET n = $4, ruling = $5
WHERE attempt = $1 AND close = $2 AND revision = $3

-- name: set_gradings
-- How far the marks of attempts are.
UPDATE attempts SET grading = u.grading FROM unnest($1::text[], $2::text[]) AS u(id, grading)
WHERE attempts.id = u.id

-- name: tell
-- News for the outbox, once for each kind and revision.
INSERT INTO outbox (kind, exam, attempt, close, revision, made_at)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::int[], $5::int[], $6::bigint[])
ON CONFLICT DO NOTHING

-- name: insert_hand
-- Marks given by a person.
INSERT INTO hand_marks (attempt, item, fingerprint, marks, note, given_at, given_by)
VALUES ($1, $2, $3, $4, $5, $6, $7)

-- name: fetch_exam_paper
-- The paper of an exam.
SELECT paper FROM exams WHERE id = $1

-- name: fetch_newest_question
-- The newest version of an item's question in its bank.
SELECT newest.number, newest.entry
FROM paper_items
JOIN questions own ON own.number = paper_items.question
JOIN questions newest ON newest.bank = own.bank AND newest.external_id = own.external_id
WHERE paper = $1 AND paper_items.id = $2 ORDER BY newest.version DESC LIMIT 1

-- name: insert_ruling
-- A decision about an item of an exam.
INSERT INTO rulings (exam, item, rule, question, reason, ruled_at, ruled_by)
VALUES ($1, $2, $3, $4, $5, $6, $7)

-- name: propose_regrades
-- What was decided after grading proposes to grade again.
UPDATE attempts SET grading = 'regrade_proposed'
FROM (
    SELECT id FROM attempts
    WHERE exam = $1 AND grading IN ('graded', 'released') AND erased = '' ORDER BY id FOR UPDATE
) proposed
WHERE attempts.id = proposed.id RETURNING attempts.id

-- name: fetch_proposed
-- Attempts for which a regrade is proposed: of an exam, of these halls (any if none are named), and
-- of those named (NULL: any).
SELECT id FROM attempts
WHERE exam = $1 AND grading = 'regrade_proposed'
    AND ($2::text[] = '{}' OR hall = ANY($2)) AND ($3::text[] IS NULL OR id = ANY($3))
ORDER BY id

-- name: fetch_decisions
-- Everything that was decided about an exam's items, the newest first.
SELECT number, item, rule, reason, ruled_at, ruled_by
FROM rulings WHERE exam = $1 ORDER BY number DESC

-- name: fetch_place
-- Where an attempt belongs.
SELECT exam, hall FROM attempts WHERE id = $1

-- name: fetch_history
-- Every result an attempt ever had, the oldest first.
SELECT attempt, close, revision, marks, made_at, made_by, reason, released_at, released_by, reveal
FROM results WHERE attempt = $1 ORDER BY close, revision

-- name: fetch_to_mark
-- Responses of an exam that wait for a person, in the order in which their attempts closed, after
-- a place in that order; of these halls (any if none are named) and this item (NULL: any).
SELECT a.id AS attempt, waited.item, responses.response, a.closed_at, a.candidate, a.name
FROM attempts a
JOIN LATERAL (
    SELECT waiting FROM results
    WHERE attempt = a.id AND close = a.closes ORDER BY revision DESC LIMIT 1
) r ON true
CROSS JOIN LATERAL unnest(r.waiting) AS waited (item)
JOIN responses ON responses.attempt = a.id AND responses.item = waited.item
WHERE a.exam = $1 AND a.grading = 'pending'
    AND ($2::text[] = '{}' OR a.hall = ANY($2)) AND ($3::text IS NULL OR waited.item = $3)
    AND (a.closed_at, a.id, waited.item) > ($4::bigint, $5::text, $6::text)
ORDER BY a.closed_at, a.id, waited.item LIMIT $7

-- name: count_to_mark
-- How many those are, wherever one is among them.
SELECT count(*)
FROM attempts a
JOIN LATERAL (
    SELECT waiting FROM results
    WHERE attempt = a.id AND close = a.closes ORDER BY revision DESC LIMIT 1
) r ON true
CROSS JOIN LATERAL unnest(r.waiting) AS waited (item)
WHERE a.exam = $1 AND a.grading = 'pending'
    AND ($2::text[] = '{}' OR a.hall = ANY($2)) AND ($3::text IS NULL OR waited.item = $3)

-- name: lock_news
-- The oldest news, locked; what another process is delivering is left to it.
SELECT number, kind, exam, attempt, close, revision, made_at FROM outbox
ORDER BY number LIMIT $1 FOR UPDATE SKIP LOCKED

-- name: forget_news
-- News that were delivered.
DELETE FROM outbox WHERE number = ANY($1::bigint[])
