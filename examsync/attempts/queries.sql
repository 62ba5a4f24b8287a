-- Attempts in Postgres.

-- name: claimed_epoch
-- The latest epoch that was claimed for a server's run_id.
SELECT epoch, nth FROM epochs WHERE partition = $1 AND run_id = $2 ORDER BY epoch DESC LIMIT 1

-- name: latest_epoch
-- The latest epoch of a partition.
SELECT coalesce(max(epoch), 0) FROM epochs WHERE partition = $1

-- name: lock_epochs
-- One claim at a time per partition.
SELECT pg_advisory_xact_lock(hashtext('examsync.epochs'), $1)

-- name: claim_epoch
-- A new epoch for a server's run_id.
INSERT INTO epochs (partition, epoch, run_id, nth) VALUES ($1, $2, $3, $4)

-- name: mark_attempts
-- Fence attempts with an epoch each and read them, in one statement. Rows are locked in order of
-- id, as a flush does it.
WITH locked AS (
    SELECT a.id, u.epoch FROM unnest($1::text[], $2::int[]) AS u(id, epoch)
    JOIN attempts a ON a.id = u.id ORDER BY a.id FOR UPDATE OF a)
UPDATE attempts a SET epoch = l.epoch FROM locked l WHERE a.id = l.id AND a.epoch <= l.epoch
RETURNING a.id, a.exam, a.candidate, a.name, a.hall, a."group", a.factor_permille,
    a.extension_ms, a.n, a.head, a.core, a.salt

-- name: attempt_epochs
-- The epochs that attempts' rows are marked with.
SELECT id, epoch FROM attempts WHERE id = ANY($1::text[])

-- name: attempt_responses
-- The responses of attempts.
SELECT attempt, item, lease, seq, digest, response::text AS response, arrived, late, flag, spent_ms
FROM responses WHERE attempt = ANY($1::text[])

-- name: attempt_commands
-- The commands of attempts that had their effect.
SELECT attempt, id, kind, effect, n FROM commands WHERE attempt = ANY($1::text[])

-- name: lock_attempts
-- Lock rows in order of id, so that two flushers never wait for each other in a circle.
SELECT id, epoch, n, head, core, exam FROM attempts
WHERE id = ANY($1::text[]) ORDER BY id FOR UPDATE

-- name: insert_facts
-- Facts of the chain; a repeat changes nothing.
INSERT INTO facts (attempt, epoch, n, hash, kind, fact)
SELECT * FROM unnest($1::text[], $2::int[], $3::int[], $4::text[], $5::text[], $6::text[])
ON CONFLICT DO NOTHING

-- name: insert_branches
-- Facts that stand aside of the chain: of an older epoch, or on a fact that never came.
INSERT INTO facts (attempt, epoch, n, hash, kind, fact, branch)
SELECT *, true FROM unnest($1::text[], $2::int[], $3::int[], $4::text[], $5::text[], $6::text[])
ON CONFLICT DO NOTHING

-- name: upsert_responses
-- Responses, each only if it is newer than what stands; tells whose changed.
INSERT INTO responses AS r
    (attempt, item, lease, seq, digest, response, arrived, late, flag, spent_ms)
SELECT a, i, l, s, d, v::json, t, la, f, sp
FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::text[], $6::text[],
            $7::bigint[], $8::boolean[], $9::boolean[], $10::bigint[])
    AS u(a, i, l, s, d, v, t, la, f, sp)
ON CONFLICT (attempt, item) DO UPDATE SET
    lease = excluded.lease, seq = excluded.seq, digest = excluded.digest,
    response = excluded.response, arrived = excluded.arrived, late = excluded.late,
    flag = excluded.flag, spent_ms = excluded.spent_ms
WHERE (excluded.lease, excluded.seq) > (r.lease, r.seq)
RETURNING r.attempt

-- name: insert_commands
-- Commands that had their effect; of two effects the later counts.
INSERT INTO commands AS c (attempt, id, kind, effect, n)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::int[])
ON CONFLICT (attempt, id) DO UPDATE SET kind = excluded.kind, effect = excluded.effect,
    n = excluded.n
WHERE excluded.n > c.n

-- name: update_attempts
-- Rows as of their last fact. A close makes them gradable, a reopening takes that back.
UPDATE attempts AS a SET
    epoch = u.epoch, n = u.n, head = u.head, core = u.core, state = u.state,
    started_at = u.started_at, closed_at = u.closed_at, closes = u.closes,
    saved_at = greatest(a.saved_at, u.saved_at),
    grading = CASE
        WHEN u.closed_at IS NULL THEN 'none'
        WHEN u.closes > a.closes OR a.closed_at IS NULL THEN 'pending'
        ELSE a.grading END
FROM unnest($1::text[], $2::int[], $3::int[], $4::text[], $5::text[], $6::text[],
            $7::bigint[], $8::bigint[], $9::int[], $10::bigint[])
    AS u(id, epoch, n, head, core, state, started_at, closed_at, closes, saved_at)
WHERE a.id = u.id

-- name: propose_regrades
-- An answer reached attempts that were graded before: a person decides.
UPDATE attempts SET grading = 'regrade_proposed'
WHERE id = ANY($1::text[]) AND grading IN ('graded', 'released')

-- name: open_attempts
-- Attempts of published exams that are open here, or closed in an exam that was reopened since,
-- by id. Facts are searched as text (within a string of theirs the quotes would be escaped): a NUL
-- in a text, which JSON may hold, is more than Postgres' JSON functions bear. No table is joined
-- with itself: with old statistics, as while thousands register, that was a loop within a loop.
WITH published AS (SELECT array_agg(id) AS ids FROM exams WHERE status = 'published'),
reopened AS (
    SELECT f.exam, max(f.n) AS n FROM exam_facts f
    WHERE f.fact LIKE '%"order":"reopen"%' GROUP BY f.exam)
(SELECT a.id, a.exam, a.candidate, a.name, a.hall, a."group", a.factor_permille, a.extension_ms,
        a.core
 FROM attempts a
 WHERE a.state IN ('not_started', 'in_progress', 'paused') AND a.id > $1
   AND a.exam = ANY ((SELECT ids FROM published)::text[])
 ORDER BY a.id LIMIT $2)
UNION ALL
(SELECT a.id, a.exam, a.candidate, a.name, a.hall, a."group", a.factor_permille, a.extension_ms,
        a.core
 FROM reopened r JOIN attempts a ON a.exam = r.exam
 WHERE a.state NOT IN ('not_started', 'in_progress', 'paused') AND a.erased = '' AND a.id > $1
   AND a.exam = ANY ((SELECT ids FROM published)::text[])
   AND coalesce(substring(a.core from '"order":(\d+)')::int, 0) < r.n
 ORDER BY a.id LIMIT $2)
ORDER BY id LIMIT $2

-- name: attempts_of_exam
-- Attempts of an exam, all or those named, with their responses counted: for the monitor's rows.
SELECT a.id, a.exam, a.candidate, a.name, a.hall, a."group", a.factor_permille, a.extension_ms,
       a.epoch, a.n, a.head, a.core, a.grading, a.change,
       c.answered, c.flagged, c.late, c.saved_at
FROM attempts a CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE r.response::text <> 'null') AS answered,
           count(*) FILTER (WHERE r.flag) AS flagged, count(*) FILTER (WHERE r.late) AS late,
           max(r.arrived) AS saved_at
    FROM responses r WHERE r.attempt = a.id) c
WHERE a.exam = $1 AND ($2::text[] IS NULL OR a.id = ANY($2)) ORDER BY a.id

-- name: ids_of_exam
-- The attempts of an exam.
SELECT id FROM attempts WHERE exam = $1 ORDER BY id

-- name: exams_of_candidate
-- The exams a candidate is registered for.
SELECT a.exam FROM attempts a JOIN exams e ON e.id = a.exam
WHERE a.candidate = $1 AND e.status = 'published' ORDER BY a.exam

-- name: register_attempts
-- Candidates of an exam; who is there already keeps the attempt. Plans may change until somebody
-- asked for the attempt (it has an epoch then, and Redis has its seat).
INSERT INTO attempts AS a
    (id, exam, candidate, name, hall, "group", factor_permille, extension_ms, head)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],
                     $7::int[], $8::bigint[], $9::text[])
ON CONFLICT (id) DO UPDATE SET
    name = excluded.name, hall = excluded.hall, "group" = excluded."group",
    factor_permille = excluded.factor_permille, extension_ms = excluded.extension_ms
WHERE a.epoch = 0

-- name: facts_of_attempt
-- The facts of an attempt in order, branches left out.
SELECT fact FROM facts WHERE attempt = $1 AND NOT branch AND n > $2 ORDER BY n LIMIT $3

-- name: chain_of_attempt
-- Every fact of an attempt, branches included.
SELECT fact, branch FROM facts WHERE attempt = $1 ORDER BY epoch, n

-- name: attempt_ids
-- Ids of attempts, of one exam or of all, for `verify`.
SELECT id FROM attempts WHERE ($1::text IS NULL OR exam = $1) AND id > $2 ORDER BY id LIMIT $3

-- name: attempt_row
-- What a row says about its chain, for `verify`.
SELECT epoch, n, head, core, state, started_at, closed_at, closes, salt FROM attempts WHERE id = $1

-- name: stored_facts
-- Every fact of an attempt with the columns beside it, branches included.
SELECT epoch, n, hash, kind, branch, fact FROM facts WHERE attempt = $1 ORDER BY n, epoch, hash

-- name: exams_with_attempts
-- The exams that somebody is on the roll of, or this one if anybody is.
SELECT DISTINCT exam FROM attempts WHERE $1::text IS NULL OR exam = $1 ORDER BY exam

-- name: heads
-- How far the chain of each attempt of an exam has come, and when that was.
SELECT id, n, head, (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS at
FROM attempts WHERE exam = $1 AND n > 0 ORDER BY id

-- name: progress_of_exam
-- How many attempts of an exam are in which state, and how many facts they have.
SELECT state, count(*) AS attempts, sum(n) AS facts FROM attempts WHERE exam = $1 GROUP BY state

-- name: export_attempts
-- A page of an exam's attempts with everything that stands or was kept. Facts are taken apart in
-- Python: a NUL in a text, which JSON may hold, is more than Postgres' JSON functions bear.
SELECT a.id, a.exam, a.candidate, a.name, a.hall, a."group", a.epoch, a.n, a.state, a.started_at,
       a.closed_at, a.grading,
       (SELECT json_object_agg(r.item, json_build_object(
            'response', r.response, 'lease', r.lease, 'seq', r.seq, 'arrived', r.arrived,
            'flag', r.flag, 'late', r.late))::text
        FROM responses r WHERE r.attempt = a.id) AS responses,
       (SELECT array_agg(f.fact ORDER BY f.n) FROM facts f
        WHERE f.attempt = a.id AND NOT f.branch AND f.kind IN (
            'answer_kept', 'violation_reported', 'submitted', 'terminated', 'expired', 'absent')
       ) AS facts
FROM attempts a WHERE a.exam = $1 AND a.id > $2 ORDER BY a.id LIMIT $3
