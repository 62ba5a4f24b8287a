-- Question banks, and papers made of them. A question is never changed: a correction is another
-- version, and a paper keeps the version it was made with.

CREATE TABLE banks (
    id          text PRIMARY KEY,
    created_at  timestamptz NOT NULL DEFAULT now(),
    created_by  text NOT NULL
);

CREATE TABLE questions (
    number       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    bank         text NOT NULL REFERENCES banks,
    external_id  text NOT NULL,
    version      integer NOT NULL CHECK (version > 0),
    -- A hash of the entry: what a file says again is not stored again.
    digest       bytea NOT NULL,
    entry        jsonb NOT NULL,
    stored_at    timestamptz NOT NULL DEFAULT now(),
    stored_by    text NOT NULL,
    UNIQUE (bank, external_id, version)
);

CREATE TABLE papers (
    id            text PRIMARY KEY,
    bank          text NOT NULL REFERENCES banks,
    title         text NOT NULL,
    instructions  text NOT NULL DEFAULT '',
    created_at    timestamptz NOT NULL DEFAULT now(),
    created_by    text NOT NULL
);

CREATE TABLE paper_sections (
    paper     text NOT NULL REFERENCES papers,
    id        text NOT NULL,
    position  integer NOT NULL,
    title     text NOT NULL,
    shuffle   boolean NOT NULL,
    PRIMARY KEY (paper, id),
    UNIQUE (paper, position)
);

-- Marks are exact texts ("4", "0.25", "2/3"): thirds have no decimal.
CREATE TABLE paper_items (
    paper           text NOT NULL,
    id              text NOT NULL,
    section         text NOT NULL,
    position        integer NOT NULL,
    question        bigint NOT NULL REFERENCES questions,
    marks           text NOT NULL,
    negative_marks  text NOT NULL,
    scheme          text NOT NULL,
    PRIMARY KEY (paper, id),
    UNIQUE (paper, position),
    FOREIGN KEY (paper, section) REFERENCES paper_sections (paper, id)
);
