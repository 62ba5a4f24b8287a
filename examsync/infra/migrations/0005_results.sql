-- Results of closed attempts. A result is never changed: marking, regrading and reverting add the
-- next revision, and the latest of the latest close is what stands. All times are ms since 1970.

CREATE TABLE results (
    attempt      text NOT NULL REFERENCES attempts,
    -- Which close of the attempt this grades: reopened and closed again, it is graded again.
    close        integer NOT NULL CHECK (close > 0),
    revision     integer NOT NULL CHECK (revision > 0),
    -- Up to which fact of the attempt and which ruling of its exam it is known to hold.
    n            integer NOT NULL,
    ruling       bigint NOT NULL,
    -- Texts are exact ("41.5", "-200/3"); the number is for sorting.
    marks        jsonb NOT NULL,
    total_value  numeric NOT NULL,
    -- The items that wait for a person.
    waiting      text[] NOT NULL,
    made_at      bigint NOT NULL,
    made_by      text NOT NULL,
    reason       text NOT NULL,
    -- From when on the candidate may see this revision, and how much of it.
    released_at  bigint,
    released_by  text,
    reveal       text,
    PRIMARY KEY (attempt, close, revision),
    CHECK ((released_at IS NULL) = (reveal IS NULL))
);

-- Marks that people gave. They stand for the response they were given for (its fingerprint), the
-- latest for each item.
CREATE TABLE hand_marks (
    number       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    attempt      text NOT NULL REFERENCES attempts,
    item         text NOT NULL,
    fingerprint  text NOT NULL,
    marks        text NOT NULL,
    note         text NOT NULL,
    given_at     bigint NOT NULL,
    given_by     text NOT NULL
);
CREATE INDEX hand_marks_of_attempt ON hand_marks (attempt, item, number);

-- What was decided about items of an exam after it was sat; the latest for each item stands.
CREATE TABLE rulings (
    number    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    exam      text NOT NULL REFERENCES exams,
    item      text NOT NULL,
    -- NULL: what was decided before is withdrawn.
    rule      text,
    -- For a corrected key: the version of the question that has it.
    question  bigint REFERENCES questions,
    reason    text NOT NULL,
    ruled_at  bigint NOT NULL,
    ruled_by  text NOT NULL
);
CREATE INDEX rulings_of_exam ON rulings (exam, item, number);

-- News of results for the world outside, written with what they tell of, deleted once delivered.
CREATE TABLE outbox (
    number    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind      text NOT NULL CHECK (kind IN ('graded', 'regraded', 'released')),
    exam      text NOT NULL,
    attempt   text NOT NULL,
    close     integer NOT NULL,
    revision  integer NOT NULL,
    made_at   bigint NOT NULL,
    UNIQUE (kind, attempt, close, revision)
);
-- A close is graded once, whatever becomes of its marks afterwards.
CREATE UNIQUE INDEX outbox_graded_once ON outbox (attempt, close) WHERE kind = 'graded';
