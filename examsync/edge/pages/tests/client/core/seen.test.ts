import type { Joined } from "protocol";
import { expect, test } from "vitest";
import { readNews } from "../../../src/client/core/news";
import { type Seen, acked, heard, nothingSeen } from "../../../src/client/core/seen";

const START = 1_000_000;
const DEADLINE = START + 600_000;

/** What a join tells at `now`. `paused`: since when the clock stands, so the deadline moves. */
function joined(now: number, paused: number | null, state = "in_progress"): Seen {
  const seen = nothingSeen();
  const started = state !== "not_started";
  const moved = paused === null ? 0 : now - paused;
  const times = {
    server_time: now,
    opens_at: START,
    ...(started ? { started_at: START, deadline: DEADLINE + moved } : {}),
    ...(paused === null ? {} : { paused_since: paused }),
  };
  const ack = { attempt: "a", title: "", state, rev: [1, 1], durable: [1, 1], lease: "", seq: 0 };
  const view = { ...ack, times, heartbeat_period_s: 10, responses: {}, notices: [] };
  acked(seen, { kind: "joined", ack: view as unknown as Joined }, "join", null);
  return seen;
}

function beat(seen: Seen, now: number, deadline: number): void {
  const ack = { server_time: now, rev: [1, 1] as [number, number], durable: [1, 1], deadline };
  acked(seen, { kind: "beat", ack: ack as never }, "heartbeat", null);
}

function hears(seen: Seen, event: string, body: unknown): void {
  const news = readNews(event, body);
  if (news === null) throw new Error(`${event} is none`);
  heard(seen, news);
}

const left = (seen: Seen): number => (seen.deadline ?? 0) - (seen.paused_since ?? 0);

test("who joins while the exam stands still is paused, with the time that was left", () => {
  const seen = joined(START + 300_000, START + 60_000);
  expect(seen.state).toBe("paused");
  expect(left(seen)).toBe(540_000);
});

test("the time that is left does not grow with heartbeats while the clock stands", () => {
  const seen = joined(START + 30_000, null);
  hears(seen, "paused", { since: START + 60_000 });
  for (const at of [70_000, 80_000, 500_000]) {
    beat(seen, START + at, DEADLINE + at - 60_000);
    expect(left(seen)).toBe(540_000);
  }
  hears(seen, "resumed", { deadline: DEADLINE + 500_000 });
  expect([seen.state, seen.deadline]).toEqual(["in_progress", DEADLINE + 500_000]);
  beat(seen, START + 600_000, DEADLINE + 500_000);
  expect(seen.deadline).toBe(DEADLINE + 500_000);
});

test("a second pause on top of one leaves what is left of the time", () => {
  const seen = joined(START + 300_000, START + 60_000);
  hears(seen, "paused", { since: START + 310_000 });
  expect(left(seen)).toBe(540_000);
});

test("who waits for the start has not started, whatever the exam's clock does", () => {
  const seen = joined(START, null, "not_started");
  hears(seen, "paused", { since: START });
  expect([seen.state, seen.paused_since]).toEqual(["not_started", START]);
  hears(seen, "resumed", { deadline: null });
  expect([seen.state, seen.paused_since]).toEqual(["not_started", null]);
  hears(seen, "closed", { state: "absent", closed_at: START });
  hears(seen, "reopened", { deadline: null });
  expect(seen.state).toBe("not_started");
  expect(joined(START, START, "not_started").state).toBe("not_started");
});

test("a replayed start finds the clock as it is", () => {
  const ack = { rev: [1, 2], started_at: START, deadline: DEADLINE, paper: null, order: null };
  for (const [paused, state] of [[null, "in_progress"], [START, "paused"]] as const) {
    const seen = joined(START, paused, "not_started");
    acked(seen, { kind: "started", ack: ack as never }, "start", null);
    expect(seen.state).toBe(state);
  }
});

test("more time that was granted before the start is kept for the page", () => {
  const seen = joined(START, null, "not_started");
  expect([seen.time_ms, seen.start_until]).toEqual([null, null]);
  hears(seen, "time_changed", { deadline: null, time_ms: 660_000, start_until: START + 900_000 });
  expect([seen.time_ms, seen.start_until]).toEqual([660_000, START + 900_000]);
});
