-- Exams, and what was done to each as a whole. An exam's facts are written here before anybody
-- is told: they are few, and whoever is told may read them here at once.

CREATE TABLE exams (
    id          text PRIMARY KEY,
    title       text NOT NULL,
    paper       text NOT NULL,
    terms       jsonb NOT NULL,
    status      text NOT NULL DEFAULT 'draft' CHECK (status IN ('draft', 'published', 'archived')),
    created_at  timestamptz NOT NULL DEFAULT now(),
    created_by  text NOT NULL
);

CREATE TABLE exam_facts (
    exam  text NOT NULL REFERENCES exams,
    n     integer NOT NULL CHECK (n > 0),
    id    text NOT NULL,
    fact  text NOT NULL,
    PRIMARY KEY (exam, n),
    UNIQUE (exam, id)
);
