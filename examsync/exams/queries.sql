-- Exams and the facts of each as a whole.

-- name: insert_exam
-- A new exam, as a draft.
INSERT INTO exams (id, title, paper, terms, created_by) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (id) DO NOTHING RETURNING id

-- name: set_status
-- Publish or archive an exam.
UPDATE exams SET status = $2 WHERE id = $1 AND status = ANY($3::text[]) RETURNING id

-- name: change_exam
-- Change an exam that is still as it was when this was decided.
UPDATE exams SET title = $2, paper = $3, terms = $4, edition = edition + 1
WHERE id = $1 AND status = $5 AND edition = $6 RETURNING edition

-- name: fetch_exam
-- One exam.
SELECT id, title, paper, terms, status, edition, created_by,
       (extract(epoch FROM created_at) * 1000)::bigint AS created_at
FROM exams WHERE id = $1

-- name: list_exams
-- All exams, the newest first.
SELECT id, title, paper, terms, status FROM exams ORDER BY created_at DESC, id LIMIT $1

-- name: page_of_exams
-- Exams by $4 and id, from ($5, $6) on. Times are padded, so that they compare as texts.
SELECT id, title, paper, terms, status, key FROM (
    SELECT *, CASE $4::text WHEN 'title' THEN lower(title) WHEN 'exam' THEN id
              ELSE lpad(terms->>'opens_at', 16, '0') END AS key
    FROM exams WHERE ($1::text[] IS NULL OR id = ANY($1)) AND ($2::text IS NULL OR status = $2)
      AND ($3::text = '' OR strpos(lower(id || ' ' || title), lower($3)) > 0)) sought
WHERE $6::text IS NULL OR (key, id) > ($5::text, $6)
ORDER BY key, id LIMIT $7

-- name: page_of_exams_down
-- The same the other way round.
SELECT id, title, paper, terms, status, key FROM (
    SELECT *, CASE $4::text WHEN 'title' THEN lower(title) WHEN 'exam' THEN id
              ELSE lpad(terms->>'opens_at', 16, '0') END AS key
    FROM exams WHERE ($1::text[] IS NULL OR id = ANY($1)) AND ($2::text IS NULL OR status = $2)
      AND ($3::text = '' OR strpos(lower(id || ' ' || title), lower($3)) > 0)) sought
WHERE $6::text IS NULL OR (key, id) < ($5::text, $6)
ORDER BY key DESC, id DESC LIMIT $7

-- name: count_exams
-- How many exams there are of this kind.
SELECT count(*) AS total FROM exams
WHERE ($1::text[] IS NULL OR id = ANY($1)) AND ($2::text IS NULL OR status = $2)
  AND ($3::text = '' OR strpos(lower(id || ' ' || title), lower($3)) > 0)

-- name: exam_facts
-- What was done to an exam as a whole, after its $2th fact.
SELECT fact FROM exam_facts WHERE exam = $1 AND n > $2 ORDER BY n

-- name: written_facts
-- The same, with the columns beside each fact.
SELECT n, id, fact FROM exam_facts WHERE exam = $1 ORDER BY n

-- name: times_of_exams
-- What was done to the clocks of each of these exams. Within a string of theirs the quotes would be
-- escaped: no text of anybody's looks like this.
SELECT fact FROM exam_facts WHERE exam = ANY($1::text[])
  AND fact ~ '"kind":"exam_(extended|paused|resumed)"' ORDER BY exam, n

-- name: insert_exam_fact
-- One more fact; n is unique, so of two at once one has to look again.
INSERT INTO exam_facts (exam, n, id, fact) VALUES ($1, $2, $3, $4)

-- name: latest_exam_facts
-- How many facts each exam has, among these, its status and its edition.
SELECT e.id AS exam, e.status, e.edition,
       (SELECT coalesce(max(f.n), 0) FROM exam_facts f WHERE f.exam = e.id) AS n
FROM exams e WHERE e.id = ANY($1::text[])
