-- Banks, their questions, and papers.

-- name: ensure_bank
-- A bank begins with the first import into it.
INSERT INTO banks (id, created_by) VALUES ($1, $2) ON CONFLICT DO NOTHING;

-- name: lock_bank
-- One import at a time per bank.
SELECT id FROM banks WHERE id = $1 FOR UPDATE;

-- name: fetch_digests
-- What the bank holds: the newest version of each question and its hash.
SELECT DISTINCT ON (external_id) external_id, version, digest
FROM questions WHERE bank = $1 ORDER BY external_id, version DESC;

-- name: insert_questions
-- New questions and new versions, in the order of the file.
INSERT INTO questions (bank, external_id, version, digest, entry, stored_by)
SELECT $1, external_id, version, digest, entry, $2
FROM unnest($3::text[], $4::integer[], $5::bytea[], $6::jsonb[])
    WITH ORDINALITY AS added (external_id, version, digest, entry, place)
ORDER BY place;

-- name: fetch_entries
-- The newest version of each question, in the order in which they first came.
SELECT number, entry FROM (
    SELECT DISTINCT ON (external_id) number, entry,
        min(number) OVER (PARTITION BY external_id) AS first
    FROM questions WHERE bank = $1 ORDER BY external_id, version DESC
) AS newest
ORDER BY first LIMIT $2;

-- name: insert_paper
-- A paper; fails if the id is taken.
INSERT INTO papers (id, bank, title, instructions, created_by) VALUES ($1, $2, $3, $4, $5);

-- name: insert_sections
-- Its sections, in order.
INSERT INTO paper_sections (paper, id, position, title, shuffle)
SELECT $1, id, place, title, shuffle
FROM unnest($2::text[], $3::text[], $4::boolean[])
    WITH ORDINALITY AS added (id, title, shuffle, place);

-- name: insert_items
-- Its items, in order.
INSERT INTO paper_items (paper, id, section, position, question, marks, negative_marks, scheme)
SELECT $1, id, section, place, question, marks, negative_marks, scheme
FROM unnest($2::text[], $3::text[], $4::bigint[], $5::text[], $6::text[], $7::text[])
    WITH ORDINALITY AS added (id, section, question, marks, negative_marks, scheme, place);

-- name: fetch_paper
-- The head of a paper.
SELECT id, title, instructions FROM papers WHERE id = $1;

-- name: fetch_instructions
-- What papers say before the start.
SELECT id, instructions FROM papers WHERE id = ANY($1::text[]);

-- name: fetch_sections
-- The sections of a paper, in order.
SELECT id, title, shuffle FROM paper_sections WHERE paper = $1 ORDER BY position;

-- name: fetch_items
-- The items of a paper with their questions, in order.
SELECT paper_items.id, section, entry, marks, negative_marks, scheme
FROM paper_items JOIN questions ON number = question
WHERE paper = $1 ORDER BY position;
