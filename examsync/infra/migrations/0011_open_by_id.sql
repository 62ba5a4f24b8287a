-- The walk goes through the open attempts of all exams by id, page by page.

CREATE INDEX attempts_open_by_id ON attempts (id)
    WHERE state IN ('not_started', 'in_progress', 'paused');
