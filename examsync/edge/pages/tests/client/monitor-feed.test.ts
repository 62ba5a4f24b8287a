/** Snapshot + deltas = fresh snapshot, whatever is repeated, late or missing. */
import { describe, expect, it } from "vitest";
import type { Connection, Progress, Roster, Row, Signal, Stats } from "protocol";
import {
  after,
  type Board,
  emptyBoard,
  HAPPENED_MAX,
  recall,
  take,
} from "../../src/client/monitor-feed";
import { link, row } from "../monitor/rows";

const part = (version: string, rows: Row[], more: Partial<Roster> = {}): Roster => ({
  ...{ exam: "e", version, rows },
  ...more,
});
const progress = (prior: string, version: string, rows: Row[]): Progress => ({
  ...{ exam: "e", prior, version, rows },
});
const signal = (id: string): Signal => ({
  ...{ attempt: "a", id, signal: "copy", at: 1, client_at: 1 },
});

function whole(rows: Row[] = [row("a")], connections: Connection[] = []): Board {
  const board = emptyBoard("e");
  take(board, "roster", part("g.1", rows, { connections }));
  return board;
}

describe("a snapshot", () => {
  it("of several parts takes the place of the old picture only when it is whole", () => {
    const board = whole();
    take(board, "roster", part("h.9", [row("b")], { parts: 2 }));
    expect([...board.rows.keys()]).toEqual(["a"]);
    expect(board.version).toBeNull();
    take(board, "roster", part("h.9", [row("c")], { part: 2, parts: 2 }));
    expect([...board.rows.keys()]).toEqual(["b", "c"]);
    expect(board).toMatchObject({ version: "h.9", snapshots: 2 });
  });

  it("with a part missing is a gap, and leaves the old picture", () => {
    const board = whole();
    take(board, "roster", part("h.9", [row("b")], { parts: 3 }));
    expect(take(board, "roster", part("h.9", [row("c")], { part: 3, parts: 3 }))).toBe("gap");
    expect(board.version).toBeNull();
    expect([...board.rows.keys()]).toEqual(["a"]);
  });
});

describe("a delta", () => {
  it("is taken on the version it builds on, and on no other", () => {
    const board = whole();
    expect(take(board, "progress", progress("g.1", "g.3", [row("a", { answered: 2 })]))).toBe(
      "taken",
    );
    expect(take(board, "progress", progress("g.1", "g.4", [row("a", { answered: 9 })]))).toBe(
      "gap",
    );
    expect(board.rows.get("a")?.answered).toBe(2);
    expect(board.version).toBe("g.3");
  });

  it("before any snapshot is a gap; of another exam it is nothing", () => {
    expect(take(emptyBoard("e"), "progress", progress("g.1", "g.2", []))).toBe("gap");
    expect(take(whole(), "progress", { ...progress("g.1", "g.2", []), exam: "x" })).toBe("ignored");
  });

  it("never takes a row back, and lets the later of equals win", () => {
    const board = whole([row("a", { rev: [2, 5], answered: 5 })]);
    take(board, "progress", progress("g.1", "g.2", [row("a", { rev: [1, 99] })]));
    expect(board.rows.get("a")?.answered).toBe(5);
    take(board, "progress", progress("g.2", "g.3", [row("a", { rev: [2, 5], deadline: 7 })]));
    expect(board.rows.get("a")?.deadline).toBe(7);
  });

  it("keeps the newer connection by its stamp", () => {
    const board = whole([row("a")], [link("a", { stamp: [5, 2], level: "away" })]);
    const delta = part("g.2", [], { prior: "g.1", connections: [link("a", { stamp: [5, 1] })] });
    take(board, "roster", delta);
    expect(board.connections.get("a")?.level).toBe("away");
  });

  it("drops first who is gone, and takes who came back, however old the row is", () => {
    const board = whole([row("a", { rev: [2, 5] }), row("b")], [link("a"), link("b")]);
    const before = board.connections;
    const older = row("a", { rev: [1, 1] });
    take(board, "roster", part("g.2", [older], { prior: "g.1", gone: ["a", "b"] }));
    expect([...board.rows.values()]).toEqual([older]);
    expect(board.connections.size).toBe(0);
    expect(before.size).toBe(2);
  });

  it("makes new maps, so that whoever drew the old ones can compare", () => {
    const board = whole();
    const before = board.rows;
    take(board, "progress", progress("g.1", "g.2", [row("b")]));
    expect(before.has("b")).toBe(false);
    expect(board.rows.has("b")).toBe(true);
  });
});

describe("what happens", () => {
  it("is noted once, however often it is told, and bounded", () => {
    const board = whole();
    const told = (prior: string, version: string, ids: string[]) =>
      take(board, "violation", { exam: "e", prior, version, violations: ids.map(signal) });
    told("g.1", "g.2", ["x", "y"]);
    told("g.2", "g.3", ["y", "z"]);
    expect(board.signals.map(({ id }) => id)).toEqual(["x", "y", "z"]);
    told(
      "g.3",
      "g.4",
      Array.from({ length: HAPPENED_MAX }, (_, at) => `n${at}`),
    );
    expect(board.signals).toHaveLength(HAPPENED_MAX);
    expect(board.signals[0]?.id).toBe("n0");
  });

  it("found in timelines is put in its place by time, once", () => {
    const board = whole();
    take(board, "hand", {
      ...{ exam: "e", prior: "g.1", version: "g.2" },
      hands: [{ attempt: "a", raised: true, at: 50 }],
    });
    recall(
      board,
      [{ ...signal("old"), at: 0 }, signal("new")],
      [
        { attempt: "a", raised: true, at: 50 },
        { attempt: "b", raised: true, at: 10 },
      ],
    );
    expect(board.signals.map(({ id }) => id)).toEqual(["old", "new"]);
    expect(board.hands.map(({ at }) => at)).toEqual([10, 50]);
  });

  it("says figures without a version: the last one wins", () => {
    const board = emptyBoard("e");
    const stats: Stats = {
      ...{ exam: "e", at: 1, states: {}, presence: {}, backlog: 0, durable_lag_ms: 0 },
    };
    take(board, "stats", stats);
    expect(board.stats).toBe(stats);
    expect(board.version).toBeNull();
  });
});

it("compares revs by epoch first", () => {
  expect(after([2, 1], [1, 9])).toBe(true);
  expect(after([1, 9], [2, 1])).toBe(false);
  expect(after([1, 1], [1, 1])).toBe(false);
});

/** A small repeatable source of randomness (mulberry32). */
function dice(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

describe("snapshot + deltas = fresh snapshot", () => {
  for (let seed = 1; seed <= 40; seed++) {
    it(`holds with seed ${seed}`, () => {
      const roll = dice(seed);
      const truth = { rows: new Map<string, Row>(), links: new Map<string, Connection>() };
      const server = (version: number) =>
        part(`g.${version}`, [...truth.rows.values()], {
          connections: [...truth.links.values()],
        });
      for (let at = 0; at < 8; at++) truth.rows.set(`a${at}`, row(`a${at}`));
      const board = emptyBoard("e");
      take(board, "roster", server(0));
      for (let version = 1; version <= 60; version++) {
        const id = `a${roll(10)}`;
        const before = truth.rows.get(id);
        const rev: [number, number] = [1 + roll(2), (before?.rev[1] ?? 0) + roll(2)];
        const next = row(id, { rev: before && after(before.rev, rev) ? before.rev : rev });
        const rows = [{ ...next, answered: roll(20) }];
        const links = roll(2) ? [link(id, { stamp: [version, roll(9)], pending: roll(12) })] : [];
        for (const each of rows) truth.rows.set(id, each);
        for (const each of links) truth.links.set(id, each);
        if (roll(6) === 0) {
          expect(take(board, "roster", server(version))).toBe("taken"); // came back: from the start
          continue;
        }
        const delta = part(`g.${version}`, rows, {
          ...{ prior: `g.${version - 1}`, connections: links },
        });
        expect(take(board, "roster", delta)).toBe("taken");
        if (roll(4) === 0) expect(take(board, "roster", delta)).toBe("gap"); // told twice
      }
      expect(board.rows).toEqual(truth.rows);
      expect(board.connections).toEqual(truth.links);
    });
  }
});
