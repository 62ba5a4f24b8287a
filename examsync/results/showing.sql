-- Results that are shown: released, withdrawn, listed.

-- name: release
-- Show the latest results of an exam's graded attempts (those named; NULL: all) to their
-- candidates; and tell it, once.
WITH ready AS (
    SELECT id, closes FROM attempts
    WHERE exam = $1 AND grading IN ('graded', 'released')
        AND ($5::text[] IS NULL OR id = ANY($5))
    ORDER BY id FOR UPDATE
), latest AS (
    SELECT DISTINCT ON (attempt) attempt, close, revision
    FROM results JOIN ready ON attempt = id AND close = closes
    ORDER BY attempt, revision DESC
), shown AS (
    UPDATE results SET
        reveal = $3,
        released_at = coalesce(released_at, $2),
        released_by = coalesce(released_by, $4)
    FROM latest
    WHERE results.attempt = latest.attempt AND results.close = latest.close
        AND results.revision = latest.revision
    RETURNING results.attempt, results.close, results.revision, results.marks
), fresh AS (
    UPDATE attempts SET grading = 'released'
    FROM shown WHERE attempts.id = shown.attempt AND grading = 'graded' RETURNING shown.*
), told AS (
    INSERT INTO outbox (kind, exam, attempt, close, revision, made_at)
    SELECT 'released', $1, attempt, close, revision, $2 FROM fresh ON CONFLICT DO NOTHING
), announced AS (
    INSERT INTO event_outbox (type, attempt, at, data)
    SELECT 'results.released', attempt, $2, jsonb_build_object(
        'close', close, 'revision', revision, 'reveal', $3::text,
        'total', marks #> '{whole,total}', 'maximum', marks #> '{whole,maximum}')
    FROM fresh
)
SELECT attempt FROM fresh ORDER BY attempt

-- name: withdraw
-- Show no result of an exam's attempts (those named; NULL: all) to their candidates any more; and
-- tell it. Whatever was released, regraded meanwhile or not, is hidden.
WITH seen AS (
    SELECT id, closes FROM attempts a
    WHERE exam = $1 AND ($3::text[] IS NULL OR id = ANY($3)) AND EXISTS (
        SELECT FROM results
        WHERE attempt = a.id AND close = a.closes AND released_at IS NOT NULL)
    ORDER BY id FOR UPDATE
), hidden AS (
    UPDATE results SET released_at = NULL, released_by = NULL, reveal = NULL
    FROM seen WHERE attempt = id AND close = closes AND released_at IS NOT NULL
    RETURNING attempt, close, revision
), latest AS (
    SELECT attempt, close, max(revision) AS revision FROM hidden GROUP BY attempt, close
), told AS (
    INSERT INTO outbox (kind, exam, attempt, close, revision, made_at)
    SELECT 'withdrawn', $1, attempt, close, revision, $2 FROM latest ON CONFLICT DO NOTHING
), announced AS (
    INSERT INTO event_outbox (type, attempt, at, data)
    SELECT 'results.withdrawn', attempt, $2,
        jsonb_build_object('close', close, 'revision', revision)
    FROM latest
), back AS (
    UPDATE attempts SET grading = 'graded'
    FROM latest WHERE attempts.id = attempt AND grading = 'released'
)
SELECT attempt FROM latest ORDER BY attempt

-- name: insert_release
-- Write down who released or withdrew, and for whom that was news.
INSERT INTO releases (exam, kind, reveal, attempts, reason, done_at, done_by)
VALUES ($1, $2, $3, $4, $5, $6, $7)

-- name: fetch_releases
-- Every release and withdrawal of an exam, the newest first.
SELECT kind, reveal, cardinality(attempts) AS attempts, reason, done_at, done_by
FROM releases WHERE exam = $1 ORDER BY number DESC LIMIT $2

-- name: fetch_strangers
-- Those of these that are no attempts of the exam.
SELECT named FROM unnest($2::text[]) AS named
WHERE NOT EXISTS (SELECT FROM attempts WHERE id = named AND exam = $1)

-- name: count_gradings
-- How far the marks of an exam's attempts (those named; NULL: all) are.
SELECT grading, count(*) AS attempts FROM attempts
WHERE exam = $1 AND ($2::text[] IS NULL OR id = ANY($2)) GROUP BY grading

-- name: fetch_shown
-- The result a candidate may see: the latest released one of the present close.
SELECT e.id AS exam, e.paper, r.ruling, r.attempt, r.close, r.revision, r.marks, r.made_at,
       r.made_by, r.reason, r.released_at, r.released_by, r.reveal
FROM attempts a
JOIN exams e ON e.id = a.exam
JOIN results r ON r.attempt = a.id AND r.close = a.closes AND r.released_at IS NOT NULL
WHERE a.id = $1 AND a.closed_at IS NOT NULL ORDER BY r.revision DESC LIMIT 1

-- name: fetch_rows
-- Every attempt of an exam with its latest result, the best first.
SELECT a.id AS attempt, a.candidate, a.state, a.grading, a.name, a.hall, a."group",
       a.started_at, a.closed_at, a.closes AS close, coalesce(r.revision, 0) AS revision,
       r.marks -> 'whole' AS whole, coalesce(r.marks -> 'sections', '{}') AS sections,
       coalesce(r.waiting, '{}') AS waiting
FROM attempts a
LEFT JOIN LATERAL (
    SELECT revision, marks, waiting, total_value FROM results
    WHERE attempt = a.id AND close = a.closes ORDER BY revision DESC LIMIT 1
) r ON true
WHERE a.exam = $1
ORDER BY r.total_value DESC NULLS LAST, a.candidate
