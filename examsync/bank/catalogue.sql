-- What there is: banks, their questions, papers; a page at a time, from the place ($1, $2) on.
-- Written for ascending order; `catalogue_store` turns it round. Names sort by their bytes in lower
-- case; numbers and times are padded, so that they compare as texts. What is lower case outside of
-- ASCII, the database's own locale says.

-- name: page_of_banks
-- Banks by $4, with $5 in their ids; their kinds, and their $6 largest sections, are counted.
WITH newest AS (
    SELECT DISTINCT ON (bank, external_id) bank, entry->'question'->>'kind' AS kind,
        coalesce(entry->>'section', '') AS section, stored_at
    FROM questions ORDER BY bank, external_id, version DESC
), sums AS (
    SELECT bank, count(*) AS questions, max(stored_at) AS stored_at FROM newest GROUP BY bank
), sought AS (
    SELECT id, coalesce(questions, 0) AS questions, count(*) OVER () AS total,
        (extract(epoch FROM coalesce(stored_at, created_at)) * 1000)::bigint AS changed_at
    FROM banks LEFT JOIN sums ON bank = id WHERE strpos(lower(id), lower($5)) > 0
), placed AS (
    SELECT *, (CASE $4 WHEN 'questions' THEN lpad(questions::text, 12, '0')
        WHEN 'changed_at' THEN lpad(changed_at::text, 16, '0')
        ELSE lower(id) END) COLLATE "C" AS key
    FROM sought
)
SELECT id AS bank, questions, changed_at, key, id, total,
    (SELECT coalesce(jsonb_object_agg(kind, n), '{}') FROM (
        SELECT kind, count(*) AS n FROM newest WHERE bank = placed.id GROUP BY kind) AS k) AS kinds,
    (SELECT coalesce(jsonb_object_agg(section, n), '{}') FROM (
        SELECT section, count(*) AS n FROM newest WHERE bank = placed.id
        GROUP BY section ORDER BY n DESC, section LIMIT $6) AS s) AS sections
FROM placed WHERE $2::text IS NULL OR (key, id) > ($1, $2)
ORDER BY key ASC, id ASC LIMIT $3;

-- name: page_of_questions
-- Questions of the bank $5 by $4, each in its newest version, that fit the kind $6, section $7,
-- topic $8 and difficulty $9 (null: any) and have $10 in a text.
WITH newest AS (
    SELECT DISTINCT ON (external_id) external_id, version, entry, entry->'question' AS question,
        stored_at, stored_by, min(number) OVER (PARTITION BY external_id) AS first
    FROM questions WHERE bank = $5 ORDER BY external_id, version DESC
), sought AS (
    SELECT *, count(*) OVER () AS total,
        (extract(epoch FROM stored_at) * 1000)::bigint AS changed_at
    FROM newest
    WHERE ($6::text IS NULL OR question->>'kind' = $6)
        AND ($7::text IS NULL OR coalesce(entry->>'section', '') = $7)
        AND ($8::text IS NULL OR coalesce(question->>'topic', '') = $8)
        AND ($9::text IS NULL OR coalesce(question->>'difficulty', '') = $9)
        AND ($10 = '' OR strpos(lower(concat_ws(E'\n', external_id, question->>'stem',
            question->>'topic', jsonb_path_query_array(question, '$.options[*].text')::text,
            question->>'tags')), lower($10)) > 0)
), placed AS (
    SELECT *, (CASE $4 WHEN 'external_id' THEN lower(external_id)
        WHEN 'changed_at' THEN lpad(changed_at::text, 16, '0')
        WHEN 'kind' THEN question->>'kind' || E'\x01'
        WHEN 'section' THEN lower(coalesce(entry->>'section', '')) || E'\x01'
        WHEN 'topic' THEN lower(coalesce(question->>'topic', '')) || E'\x01'
        ELSE '' END || CASE WHEN $4 IN ('place', 'kind', 'section', 'topic')
        THEN lpad(first::text, 20, '0') ELSE '' END) COLLATE "C" AS key
    FROM sought
)
SELECT external_id AS id, key, total, version, entry, changed_at, stored_by
FROM placed WHERE $2::text IS NULL OR (key, external_id) > ($1, $2)
ORDER BY key ASC, external_id ASC LIMIT $3;

-- name: page_of_papers
-- Papers by $4, of the bank $5 (null: any), with $6 in id or title; their marks are counted.
WITH sought AS (
    SELECT *, count(*) OVER () AS total,
        (extract(epoch FROM created_at) * 1000)::bigint AS made_at
    FROM papers
    WHERE ($5::text IS NULL OR bank = $5)
        AND strpos(lower(id || E'\n' || title), lower($6)) > 0
), placed AS (
    SELECT *, (CASE $4 WHEN 'title' THEN lower(title) WHEN 'paper' THEN lower(id)
        ELSE lpad((extract(epoch FROM created_at) * 1000000)::bigint::text, 20, '0')
        END) COLLATE "C" AS key
    FROM sought
)
SELECT id, key, total, title, bank, made_at AS created_at,
    (SELECT coalesce(jsonb_object_agg(marks, n), '{}') FROM (
        SELECT marks, count(*) AS n FROM paper_items WHERE paper = placed.id
        GROUP BY marks) AS m) AS marks
FROM placed WHERE $2::text IS NULL OR (key, id) > ($1, $2)
ORDER BY key ASC, id ASC LIMIT $3;

-- name: fetch_bank
-- Is there such a bank?
SELECT id FROM banks WHERE id = $1;

-- name: fetch_authorship
-- Whose a paper is, and since when.
SELECT bank, created_by, (extract(epoch FROM created_at) * 1000)::bigint AS created_at
FROM papers WHERE id = $1;
