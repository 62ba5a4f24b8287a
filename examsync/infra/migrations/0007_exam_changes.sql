-- Exams are changed after they were made: `edition` counts it, so that processes notice who have
-- the exam in memory, and of two who change it at once the second has to look again.
ALTER TABLE exams ADD COLUMN edition integer NOT NULL DEFAULT 1;

-- A candidate asks for all exams of his own.
CREATE INDEX attempts_of_candidate ON attempts (candidate);
