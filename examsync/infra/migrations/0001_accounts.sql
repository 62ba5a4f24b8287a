-- Who may sign in, and which tokens are no longer believed.

CREATE TABLE accounts (
    id             text PRIMARY KEY,
    login          text NOT NULL UNIQUE,
    role           text NOT NULL CHECK (role IN ('candidate', 'examiner', 'admin')),
    name           text NOT NULL DEFAULT '',
    password_hash  text NOT NULL,
    -- What tokens of this account are for. Names without foreign keys: an examiner may be
    -- appointed before the exam is scheduled. Candidates' exams come from their registrations.
    exams          text[] NOT NULL DEFAULT '{}',
    halls          text[] NOT NULL DEFAULT '{}',
    disabled       boolean NOT NULL DEFAULT false,
    created_at     timestamptz NOT NULL DEFAULT now()
);

-- kind 'subject': tokens of that subject issued before valid_after. kind 'jti': that one token.
-- Every process polls this table; a row is needed until the last token it refuses has expired.
CREATE TABLE revocations (
    kind          text NOT NULL CHECK (kind IN ('subject', 'jti')),
    key           text NOT NULL,
    valid_after   bigint NOT NULL,
    forget_after  bigint NOT NULL,
    changed_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (kind, key)
);
CREATE INDEX revocations_changed ON revocations (changed_at);
