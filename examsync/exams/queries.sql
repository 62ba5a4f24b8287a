-- Exams and the facts of each as a whole.

-- name: insert_exam
-- A new exam, as a draft.
INSERT INTO exams (id, title, paper, terms, created_by) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (id) DO NOTHING RETURNING id

-- name: set_status
-- Publish or archive an exam.
UPDATE exams SET status = $2 WHERE id = $1 AND status = ANY($3::text[]) RETURNING id

-- name: set_terms
-- Change what is agreed before the exam; only while it is a draft.
UPDATE exams SET terms = $2 WHERE id = $1 AND status = 'draft' RETURNING id

-- name: fetch_exam
-- One exam.
SELECT id, title, paper, terms, status FROM exams WHERE id = $1

-- name: list_exams
-- All exams, the newest first.
SELECT id, title, paper, terms, status FROM exams ORDER BY created_at DESC, id LIMIT $1

-- name: exam_facts
-- What was done to an exam as a whole, after its $2th fact.
SELECT fact FROM exam_facts WHERE exam = $1 AND n > $2 ORDER BY n

-- name: insert_exam_fact
-- One more fact; n is unique, so of two at once one has to look again.
INSERT INTO exam_facts (exam, n, id, fact) VALUES ($1, $2, $3, $4)

-- name: latest_exam_facts
-- How many facts each exam has, among these, and its status.
SELECT e.id AS exam, e.status,
       (SELECT coalesce(max(f.n), 0) FROM exam_facts f WHERE f.exam = e.id) AS n
FROM exams e WHERE e.id = ANY($1::text[])
