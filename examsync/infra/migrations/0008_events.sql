-- Who let results be seen, and took that back; the stream of events for programs elsewhere, and
-- the webhooks that send it to them. All times are ms since 1970.

-- Each release and each withdrawal, with the attempts for which it was news. Results themselves
-- say only what can be seen now.
CREATE TABLE releases (
    number    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    exam      text NOT NULL REFERENCES exams,
    kind      text NOT NULL CHECK (kind IN ('released', 'withdrawn')),
    -- How much is shown; NULL for a withdrawal.
    reveal    text,
    attempts  text[] NOT NULL,
    reason    text NOT NULL,
    done_at   bigint NOT NULL,
    done_by   text NOT NULL
);
CREATE INDEX releases_of_exam ON releases (exam, number);

ALTER TABLE outbox DROP CONSTRAINT outbox_kind_check;
ALTER TABLE outbox ADD CONSTRAINT outbox_kind_check
    CHECK (kind IN ('graded', 'regraded', 'released', 'withdrawn'));

-- How many of an attempt's closes are events already. What ended before there were events is none.
ALTER TABLE attempts ADD COLUMN closes_told integer NOT NULL DEFAULT 0;
UPDATE attempts SET closes_told = closes WHERE closes > 0;
CREATE INDEX attempts_to_tell ON attempts (id) WHERE closes > closes_told;

-- What is to become an event, written in the same transaction as what it tells of. Its numbers are
-- in no order that a reader could rely on: transactions commit as they please.
CREATE TABLE event_outbox (
    number   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    type     text NOT NULL,
    attempt  text NOT NULL REFERENCES attempts,
    at       bigint NOT NULL,
    data     jsonb NOT NULL
);

-- The stream. A number is given by whoever holds the row of event_count, and is seen by all once
-- that transaction is committed: whoever has read up to a number has missed nothing below it.
CREATE TABLE events (
    number   bigint PRIMARY KEY,
    id       text NOT NULL UNIQUE,
    type     text NOT NULL,
    exam     text NOT NULL,
    attempt  text NOT NULL,
    hall     text NOT NULL,
    at       bigint NOT NULL,
    data     jsonb NOT NULL
);
CREATE INDEX events_of_exam ON events (exam, number);

-- The last number that was given, and the last that was forgotten again.
CREATE TABLE event_count (
    single     boolean PRIMARY KEY DEFAULT true CHECK (single),
    last       bigint NOT NULL DEFAULT 0,
    forgotten  bigint NOT NULL DEFAULT 0
);
INSERT INTO event_count DEFAULT VALUES;

-- Where events are sent. The secrets are not here: they are made of the installation's own, the
-- id, and this generation; the generation before signs too until previous_until.
CREATE TABLE webhooks (
    id              text PRIMARY KEY,
    url             text NOT NULL,
    types           text[] NOT NULL,
    -- Empty: all exams.
    exams           text[] NOT NULL DEFAULT '{}',
    active          boolean NOT NULL DEFAULT true,
    -- Why the machine has stopped it; empty if it has not.
    stopped         text NOT NULL DEFAULT '',
    generation      integer NOT NULL DEFAULT 1,
    previous_until  bigint NOT NULL DEFAULT 0,
    -- The last success, and since when nothing succeeds (NULL: the last one did).
    delivered_at    bigint,
    failing_since   bigint,
    created_at      bigint NOT NULL,
    created_by      text NOT NULL
);

-- One event on its way to one webhook. Whoever takes it to send it counts `tries` up and moves
-- next_at past the longest that sending may take: if he dies, it is due again then.
CREATE TABLE deliveries (
    id          text PRIMARY KEY,
    webhook     text NOT NULL REFERENCES webhooks ON DELETE CASCADE,
    -- NULL: a test, which tells of nothing.
    number      bigint REFERENCES events ON DELETE CASCADE,
    state       text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'delivered', 'failed')),
    tries       integer NOT NULL DEFAULT 0,
    next_at     bigint NOT NULL,
    created_at  bigint NOT NULL,
    -- What became of the last try.
    tried_at    bigint,
    took_ms     integer,
    status      integer,
    answer      text NOT NULL DEFAULT '',
    error       text NOT NULL DEFAULT '',
    UNIQUE (webhook, number)
);
CREATE INDEX deliveries_due ON deliveries (webhook, next_at) WHERE state = 'waiting';
CREATE INDEX deliveries_listed ON deliveries (webhook, created_at, id);
CREATE INDEX deliveries_of_event ON deliveries (number);
