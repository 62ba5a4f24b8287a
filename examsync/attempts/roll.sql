-- The roll of an exam: its candidates, as people plan and change them.

-- name: page_of_roll
-- Candidates by $7 and id, from ($8, $9) on. Texts are compared as bytes, everywhere alike.
SELECT id, candidate, name, hall, "group", factor_permille, extension_ms, state, key FROM (
    SELECT *, CASE $7::text WHEN 'name' THEN lower(name) WHEN 'hall' THEN hall
              WHEN 'group' THEN "group" ELSE candidate END COLLATE "C" AS key
    FROM attempts WHERE exam = $1 AND ($2::text[] IS NULL OR hall = ANY($2))
      AND ($3::text IS NULL OR hall = $3) AND ($4::text IS NULL OR "group" = $4)
      AND ($5::text IS NULL OR state = $5)
      AND ($6::text = '' OR strpos(lower(candidate || ' ' || name), lower($6)) > 0)) sought
WHERE $9::text IS NULL OR (key, candidate COLLATE "C") > ($8::text, $9)
ORDER BY key, candidate COLLATE "C" LIMIT $10

-- name: page_of_roll_down
-- The same the other way round.
SELECT id, candidate, name, hall, "group", factor_permille, extension_ms, state, key FROM (
    SELECT *, CASE $7::text WHEN 'name' THEN lower(name) WHEN 'hall' THEN hall
              WHEN 'group' THEN "group" ELSE candidate END COLLATE "C" AS key
    FROM attempts WHERE exam = $1 AND ($2::text[] IS NULL OR hall = ANY($2))
      AND ($3::text IS NULL OR hall = $3) AND ($4::text IS NULL OR "group" = $4)
      AND ($5::text IS NULL OR state = $5)
      AND ($6::text = '' OR strpos(lower(candidate || ' ' || name), lower($6)) > 0)) sought
WHERE $9::text IS NULL OR (key, candidate COLLATE "C") < ($8::text, $9)
ORDER BY key DESC, candidate COLLATE "C" DESC LIMIT $10

-- name: count_roll
-- How many candidates there are of this kind.
SELECT count(*) AS total FROM attempts
WHERE exam = $1 AND ($2::text[] IS NULL OR hall = ANY($2))
  AND ($3::text IS NULL OR hall = $3) AND ($4::text IS NULL OR "group" = $4)
  AND ($5::text IS NULL OR state = $5)
  AND ($6::text = '' OR strpos(lower(candidate || ' ' || name), lower($6)) > 0)

-- name: roll
-- Candidates of an exam, by id: all, or those of some attempts.
SELECT id, candidate, name, hall, "group", factor_permille, extension_ms, state, epoch, n, head
FROM attempts WHERE exam = $1 AND ($2::text[] IS NULL OR id = ANY($2))
ORDER BY candidate COLLATE "C"

-- name: count_states
-- How many attempts of each of these exams are in which state; in some halls only, or in all.
SELECT exam, state, count(*) AS attempts FROM attempts
WHERE exam = ANY($1::text[]) AND ($2::text[] IS NULL OR hall = ANY($2)) GROUP BY exam, state

-- name: labels
-- The halls and groups of an exam; of some halls only, or of all.
SELECT array_agg(DISTINCT hall) AS halls, array_agg(DISTINCT "group") AS groups FROM attempts
WHERE exam = $1 AND ($2::text[] IS NULL OR hall = ANY($2))

-- name: own_attempts
-- One candidate's attempts at these exams.
SELECT id, exam, candidate, name, hall, "group", factor_permille, extension_ms, grading, core
FROM attempts
WHERE candidate = $1 AND exam = ANY($2::text[])

-- name: lock_roll
-- One change of an exam's roll at a time.
SELECT pg_advisory_xact_lock(hashtext('examsync.roll'), hashtext($1))

-- name: lock_seats
-- Some of the roll, locked in order of id, as the flush locks.
SELECT id, candidate, name, hall, "group", factor_permille, extension_ms, state, epoch, n, head
FROM attempts WHERE exam = $1 AND id = ANY($2::text[]) ORDER BY id FOR UPDATE

-- name: change_seats
-- What was planned for some, changed; who has started is left alone.
UPDATE attempts AS a SET name = u.name, hall = u.hall, "group" = u."group",
    factor_permille = u.factor_permille, extension_ms = u.extension_ms
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::int[], $6::bigint[])
    AS u(id, name, hall, "group", factor_permille, extension_ms)
WHERE a.id = u.id AND a.state = 'not_started'

-- name: remove_seat
-- Take somebody off the roll of whom nothing was ever recorded.
DELETE FROM attempts WHERE id = $1 AND n = 0 AND state = 'not_started' RETURNING id
