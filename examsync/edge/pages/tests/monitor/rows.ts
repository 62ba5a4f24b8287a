/** Rows and boards for the tests of the monitor. */
import type { Connection, Fact, Row } from "protocol";
import type { ExamBoard } from "../../src/client/monitor";
import { refresh, type Seat, type Seats } from "../../src/monitor/roster";
import type { Around } from "../../src/monitor/trouble";

export const NOW = 1_800_000_000_000;

export function row(attempt: string, more: Partial<Row> = {}): Row {
  return {
    attempt,
    candidate: `c-${attempt}`,
    name: `Name ${attempt}`,
    rev: [1, 1],
    state: "in_progress",
    answered: 0,
    total: 20,
    ...more,
  };
}

export function link(attempt: string, more: Partial<Connection> = {}): Connection {
  return { attempt, stamp: [1, 1], level: "live", since: NOW, ...more };
}

export function board(rows: Row[], connections: Connection[] = []): ExamBoard {
  return {
    exam: "e",
    title: "Exam",
    rows: new Map(rows.map((each) => [each.attempt, each])),
    connections: new Map(connections.map((each) => [each.attempt, each])),
    stats: null,
    signals: [],
    hands: [],
    receipts: [],
    snapshots: 1,
  };
}

export const AROUND: Around = { now: NOW, recent: new Map(), opensAt: null };

/** Rows that are all connected, unless said otherwise. */
export function seated(rows: Row[], connections?: Connection[], around = AROUND): Seats {
  const seats: Seats = new Map();
  const linked = connections ?? rows.map(({ attempt }) => link(attempt));
  refresh(seats, board(rows, linked), around, false);
  return seats;
}

export function seat(given: Row, connection?: Connection, around = AROUND): Seat {
  const found = seated([given], connection ? [connection] : [], around).get(given.attempt);
  if (found === undefined) throw new Error("no seat");
  return found;
}

export function fact(n: number, body: Fact["body"], more: Partial<Fact> = {}): Fact {
  return {
    ...{ attempt: "a1", epoch: 1, n, prev: "", at: NOW + n, by: "candidate:c-a1", body },
    ...{ command: "", effect: "", hash: "" },
    ...more,
  };
}
