-- Webhooks, and what is on its way to them.

-- name: insert_webhook
-- A new one.
INSERT INTO webhooks (id, url, types, exams, active, created_at, created_by)
VALUES ($1, $2, $3, $4, $5, $6, $7)

-- name: fetch_webhooks
-- All, or the one with this id, with how much waits.
SELECT w.id, w.url, w.types, w.exams, w.active, w.stopped, w.generation, w.previous_until,
       w.delivered_at, w.failing_since, w.created_at, w.created_by,
       (SELECT count(*) FROM deliveries WHERE webhook = w.id AND state = 'waiting') AS waiting
FROM webhooks w WHERE $1::text IS NULL OR w.id = $1 ORDER BY w.created_at, w.id

-- name: change_webhook
-- What is NULL stays. Started again, it begins with a clean slate.
UPDATE webhooks SET
    url = coalesce($2, url), types = coalesce($3, types), exams = coalesce($4, exams),
    active = coalesce($5, active),
    stopped = CASE WHEN $5 THEN '' ELSE stopped END,
    failing_since = CASE WHEN $5 THEN NULL ELSE failing_since END
WHERE id = $1 RETURNING id

-- name: rotate_webhook
-- The next secret; the one before signs until a time.
UPDATE webhooks SET generation = generation + 1, previous_until = $2 WHERE id = $1
RETURNING generation

-- name: delete_webhook
-- With all its deliveries.
DELETE FROM webhooks WHERE id = $1 RETURNING id

-- name: insert_test
-- A delivery that tells of nothing, taken at once by whoever makes it.
INSERT INTO deliveries (id, webhook, tries, next_at, created_at) VALUES ($1, $2, 1, $3, $4)

-- name: lease
-- Take deliveries that are due, a few of each webhook, none of those that are busy. They are due
-- again at $2 if whoever took them is not heard of until then.
WITH due AS (
    SELECT d.id
    FROM webhooks w CROSS JOIN LATERAL (
        SELECT id, next_at FROM deliveries
        WHERE webhook = w.id AND state = 'waiting' AND next_at <= $1
        ORDER BY next_at LIMIT $4 FOR UPDATE SKIP LOCKED
    ) d
    WHERE w.active AND w.id <> ALL($5::text[])
    ORDER BY d.next_at LIMIT $3
), taken AS (
    UPDATE deliveries SET tries = tries + 1, next_at = $2
    FROM due WHERE deliveries.id = due.id
    RETURNING deliveries.id, webhook, number, tries, deliveries.created_at
)
SELECT t.id, t.webhook, t.number, t.tries, t.created_at,
       w.url, w.generation, w.previous_until, e.id AS event, e.type, e.at, e.data
FROM taken t JOIN webhooks w ON w.id = t.webhook LEFT JOIN events e ON e.number = t.number

-- name: settle
-- What became of a try; nothing, if another one has taken the delivery meanwhile.
UPDATE deliveries SET state = $3, next_at = $4, tried_at = $5, took_ms = $6, status = $7,
    answer = $8, error = $9
WHERE id = $1 AND tries = $2 AND state = 'waiting' RETURNING webhook

-- name: note_success
-- The webhook works.
UPDATE webhooks SET delivered_at = $2, failing_since = NULL WHERE id = $1

-- name: note_failure
-- It does not; since when.
UPDATE webhooks SET failing_since = coalesce(failing_since, $2) WHERE id = $1
RETURNING failing_since

-- name: stop_webhook
-- The server gives it up, and says why.
UPDATE webhooks SET active = false, stopped = $2 WHERE id = $1 AND active

-- name: fetch_deliveries
-- Deliveries of a webhook, the newest first, after a place in that order.
SELECT d.id, coalesce(e.id, d.id) AS event, coalesce(e.type, 'webhook.test') AS type, d.state,
       d.tries, d.created_at, coalesce(e.attempt, '') AS subject,
       CASE WHEN d.state = 'waiting' THEN d.next_at END AS next_at,
       d.tried_at, d.took_ms, d.status, d.answer, d.error
FROM deliveries d LEFT JOIN events e ON e.number = d.number
WHERE d.webhook = $1 AND ($2::text IS NULL OR d.state = $2)
    AND (d.created_at, d.id) < ($3::bigint, $4::text)
ORDER BY d.created_at DESC, d.id DESC LIMIT $5

-- name: fetch_delivery
-- One of them.
SELECT d.id, coalesce(e.id, d.id) AS event, coalesce(e.type, 'webhook.test') AS type, d.state,
       d.tries, d.created_at, coalesce(e.attempt, '') AS subject,
       CASE WHEN d.state = 'waiting' THEN d.next_at END AS next_at,
       d.tried_at, d.took_ms, d.status, d.answer, d.error
FROM deliveries d LEFT JOIN events e ON e.number = d.number WHERE d.id = $1

-- name: count_deliveries
-- How many there are.
SELECT count(*) FROM deliveries WHERE webhook = $1 AND ($2::text IS NULL OR state = $2)

-- name: forget_tests
-- Tests of before a time; what tells of events goes with these.
DELETE FROM deliveries WHERE number IS NULL AND created_at < $1
