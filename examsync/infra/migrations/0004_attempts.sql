-- Attempts as Postgres has them: a row as of fact (epoch, n), its responses, the commands that
-- had their effect, and the chained facts themselves, word for word.
-- Leases compare byte by byte, as they do in Python.

CREATE TABLE attempts (
    id               text PRIMARY KEY,
    exam             text NOT NULL REFERENCES exams,
    candidate        text NOT NULL,
    name             text NOT NULL DEFAULT '',
    hall             text NOT NULL DEFAULT '',
    "group"          text NOT NULL DEFAULT '',
    factor_permille  integer NOT NULL DEFAULT 1000 CHECK (factor_permille BETWEEN 100 AND 10000),
    extension_ms     bigint NOT NULL DEFAULT 0 CHECK (extension_ms >= 0),
    -- The row as of its last fact; epoch also fences: facts of older epochs are branches.
    epoch            integer NOT NULL DEFAULT 0,
    n                integer NOT NULL DEFAULT 0,
    head             text NOT NULL,
    core             text NOT NULL DEFAULT '{}',
    -- What SQL wants to ask about, taken from core by the flush.
    state            text NOT NULL DEFAULT 'not_started',
    started_at       bigint,
    closed_at        bigint,
    closes           integer NOT NULL DEFAULT 0,
    saved_at         bigint,
    -- Grading: none -> pending -> graded -> released; an answer after that proposes a regrade.
    grading          text NOT NULL DEFAULT 'none'
                     CHECK (grading IN
                         ('none', 'pending', 'graded', 'regrade_proposed', 'released')),
    UNIQUE (exam, candidate)
);
CREATE INDEX attempts_open ON attempts (exam)
    WHERE state IN ('not_started', 'in_progress', 'paused');
CREATE INDEX attempts_to_grade ON attempts (closed_at) WHERE grading = 'pending';

CREATE TABLE responses (
    attempt   text NOT NULL REFERENCES attempts,
    item      text NOT NULL,
    lease     text COLLATE "C" NOT NULL,
    seq       bigint NOT NULL,
    digest    text NOT NULL,
    response  json NOT NULL,
    arrived   bigint NOT NULL,
    late      boolean NOT NULL,
    flag      boolean NOT NULL,
    spent_ms  bigint,
    PRIMARY KEY (attempt, item)
);

CREATE TABLE commands (
    attempt  text NOT NULL REFERENCES attempts,
    id       text NOT NULL,
    kind     text NOT NULL,
    effect   text NOT NULL,
    n        integer NOT NULL,
    PRIMARY KEY (attempt, id)
);

CREATE TABLE facts (
    attempt    text NOT NULL REFERENCES attempts,
    epoch      integer NOT NULL,
    n          integer NOT NULL,
    hash       text NOT NULL,
    kind       text NOT NULL,
    fact       text NOT NULL,
    branch     boolean NOT NULL DEFAULT false,
    stored_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (attempt, hash)
);
CREATE UNIQUE INDEX facts_in_order ON facts (attempt, n) WHERE NOT branch;

-- Which life of a partition's Redis data had which epoch: claimed here, once per run_id, and
-- once more whenever somebody met a later one (`nth`).
CREATE TABLE epochs (
    partition   integer NOT NULL,
    epoch       integer NOT NULL,
    run_id      text NOT NULL,
    nth         integer NOT NULL DEFAULT 1,
    claimed_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (partition, epoch),
    UNIQUE (partition, run_id, nth)
);
