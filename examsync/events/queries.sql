-- The stream of events: published by one at a time, read by anybody, forgotten from its beginning.

-- name: lock_count
-- Be the one who publishes: until this transaction ends, nobody else is.
SELECT last FROM event_count FOR UPDATE SKIP LOCKED

-- name: take_told
-- What waits to become an event, in the order in which it was written, with whose it is.
WITH taken AS (
    DELETE FROM event_outbox
    WHERE number IN (SELECT number FROM event_outbox ORDER BY number LIMIT $1)
    RETURNING number, type, attempt, at, data
)
SELECT taken.type, taken.attempt, taken.at, taken.data, a.exam, a.hall, a.candidate
FROM taken JOIN attempts a ON a.id = taken.attempt ORDER BY taken.number

-- name: lock_closings
-- Attempts with closes that are no events yet; what the flush or the grading holds is for later.
SELECT id AS attempt, exam, hall, candidate, closes_told AS told, closes
FROM attempts WHERE closes > closes_told ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED

-- name: fetch_closing_facts
-- The facts that closed these attempts, in order.
SELECT fact FROM facts
WHERE attempt = ANY($1::text[]) AND NOT branch AND kind = ANY($2::text[]) ORDER BY attempt, n

-- name: mark_told
-- The closes of these attempts are events now.
UPDATE attempts SET closes_told = closes WHERE id = ANY($1::text[])

-- name: insert_events
-- Events with their numbers.
INSERT INTO events (number, id, type, exam, attempt, hall, at, data)
SELECT n, 'evt_' || replace(gen_random_uuid()::text, '-', ''), t, e, a, h, at, d::jsonb
FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[],
            $7::text[]) AS u(n, t, e, a, h, at, d)

-- name: count_on
-- Up to here numbers are given.
UPDATE event_count SET last = $1

-- name: send_on
-- A delivery of each of these events to each webhook that wants it.
INSERT INTO deliveries (id, webhook, number, next_at, created_at)
SELECT 'dl_' || replace(gen_random_uuid()::text, '-', ''), w.id, e.number, $3, $3
FROM events e
JOIN webhooks w ON w.active AND e.type = ANY(w.types)
    AND (w.exams = '{}' OR e.exam = ANY(w.exams))
WHERE e.number > $1 AND e.number <= $2

-- name: fetch_events
-- Events after a number, of these types and exams and halls (NULL: any), with how far the stream
-- goes and from where on it is kept. One statement: all of it is of the same moment.
SELECT c.last, c.forgotten, e.number, e.id, e.type, e.at, e.data
FROM event_count c
LEFT JOIN LATERAL (
    SELECT * FROM events
    WHERE number > $1 AND number <= c.last
        AND ($2::text[] IS NULL OR type = ANY($2))
        AND ($3::text[] IS NULL OR exam = ANY($3))
        AND ($4::text[] IS NULL OR hall = ANY($4))
    ORDER BY number LIMIT $5
) e ON true
ORDER BY e.number

-- name: forget_events
-- Forget the oldest, up to the first one that is younger than a time, and note how far.
WITH young AS (
    SELECT number FROM events WHERE at >= $1 ORDER BY number LIMIT 1
), old AS (
    SELECT number FROM events
    WHERE number < coalesce((SELECT number FROM young), 9223372036854775807)
    ORDER BY number LIMIT $2
), gone AS (
    DELETE FROM events WHERE number IN (SELECT number FROM old) RETURNING number
), noted AS (
    UPDATE event_count SET forgotten = greatest(forgotten, (SELECT max(number) FROM gone))
    WHERE EXISTS (SELECT FROM gone)
)
SELECT count(*) FROM gone
