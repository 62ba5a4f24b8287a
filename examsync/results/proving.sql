-- What a result can be computed from anew.

-- name: ruling_numbers
-- The latest ruling that each result of an exam heeds.
SELECT DISTINCT r.ruling FROM results r JOIN attempts a ON a.id = r.attempt WHERE a.exam = $1

-- name: latest_result
-- An attempt with the latest result of its present close.
SELECT a.candidate, a.grading, r.close, r.revision, r.n, r.ruling, r.marks
FROM attempts a
LEFT JOIN LATERAL (
    SELECT * FROM results WHERE attempt = a.id AND close = a.closes ORDER BY revision DESC LIMIT 1
) r ON true
WHERE a.id = $1
