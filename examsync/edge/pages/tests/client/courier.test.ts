/** The outbox over HTTP: what is asked, what comes back, and what happens when nothing does. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Sync } from "protocol";
import { Courier } from "../../src/client/courier";

const JOINED = {
  attempt: "a1",
  exam: "e",
  title: "E",
  state: "in_progress",
  rev: [1, 4],
  durable: [1, 2],
  lease: "0000000000002-b",
  seq: 0,
  times: { server_time: 50, deadline: 90 },
  heartbeat_period_s: 10,
  responses: {},
  notices: [{ id: "n1", text: "Calm.", at: 1 }],
  ok: true,
};
const answered = (seq: number) => ({ ok: true, seq, rev: [1, 5], saved_at: 1, receipt: "r" });
const LATE = { ok: false, problem: { code: "late", title: "Late.", retry: false } };

let asked: Sync[] = [];
let replies: (object | null)[] = [];
const heard: unknown[] = [];

beforeEach(() => {
  vi.useFakeTimers();
  [asked, replies] = [[], []];
  heard.length = 0;
  vi.stubGlobal("fetch", async (url: URL, request: RequestInit) => {
    if (url.pathname === "/x/my/exams") {
      return Response.json({ items: [{ exam: "e", attempt: "a1" }] });
    }
    expect(url.pathname).toBe("/x/attempts/a1/sync");
    asked.push(JSON.parse(String(request.body)) as Sync);
    const reply = replies.shift() ?? null;
    if (reply === null) throw new TypeError("away");
    return Response.json(reply, { status: "code" in reply ? 401 : 200 });
  });
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

interface Rig {
  courier: Courier;
  acks: unknown[];
  ack: (reply: unknown) => void;
}

async function joined(): Promise<Rig> {
  const courier = new Courier(
    { url: "http://h/x", exam: "e", token: "t", client: { instance: "i" } },
    {
      connected: () => heard.push("connected"),
      refused: (problem) => heard.push(["refused", problem]),
      lost: () => heard.push("lost"),
      heard: (event, body) => heard.push([event, body]),
    },
  );
  const acks: unknown[] = [];
  const ack = (reply: unknown) => acks.push(reply);
  await courier.open();
  replies.push({ joined: JOINED });
  courier.send("join", { id: "j", exam: "e" }, ack);
  await vi.advanceTimersByTimeAsync(100);
  expect(heard).toEqual(["connected", ["notice", JOINED.notices[0]]]);
  expect(acks).toEqual([JOINED]);
  heard.length = acks.length = 0;
  return { courier, acks, ack };
}

test("events that come together go together, behind the join and its lease", async () => {
  const { courier, acks, ack } = await joined();
  replies.push({
    joined: JOINED,
    acks: [{ answer: answered(1) }, { answer: answered(2) }, { refused: LATE }],
  });
  courier.send("answer", { seq: 1, item: "q" }, ack);
  courier.send("answer", [{ seq: 2, item: "q" }, { seq: 3, item: "p" }], ack);
  await vi.advanceTimersByTimeAsync(100);
  expect(asked[1]!.join).toEqual({ id: "j", exam: "e", lease: JOINED.lease });
  expect(asked[1]!.events).toHaveLength(3);
  expect(acks).toEqual([answered(1), { ok: true, results: [answered(2), { seq: 3, ...LATE }] }]);
  expect(heard).toEqual([]); // the notice was told before
});

test("a heartbeat asks for the time, and is told what is durable", async () => {
  const { courier, acks, ack } = await joined();
  replies.push({ joined: JOINED });
  courier.send("heartbeat", { pending: 0 }, ack);
  await vi.advanceTimersByTimeAsync(100);
  const told = { ok: true, server_time: 50, rev: [1, 4], durable: [1, 2], deadline: 90 };
  expect([asked[1]!.events, acks]).toEqual([[], [told]]);
});

test("another state, and a server that is away, are a lost connection: join anew", async () => {
  const { courier, ack } = await joined();
  replies.push({ joined: { ...JOINED, state: "terminated" } });
  courier.send("heartbeat", {}, ack);
  await vi.advanceTimersByTimeAsync(100);
  expect(heard).toEqual(["lost"]);
  const { courier: other, acks, ack: toOther } = await (heard.splice(0), joined());
  other.send("answer", { seq: 1 }, toOther);
  await vi.advanceTimersByTimeAsync(100);
  expect([heard, acks]).toEqual([["lost"], []]);
});

test("a clock that stands with its exam is learnt by joining", async () => {
  const { courier, ack } = await joined();
  replies.push({ joined: { ...JOINED, times: { ...JOINED.times, deadline: 95 } } });
  courier.send("heartbeat", {}, ack);
  await vi.advanceTimersByTimeAsync(100);
  expect(heard).toEqual([]); // more time is in the ack of the heartbeat
  replies.push({ joined: { ...JOINED, times: { ...JOINED.times, paused_since: 40 } } });
  courier.send("heartbeat", {}, ack);
  await vi.advanceTimersByTimeAsync(100);
  expect(heard).toEqual(["lost"]);
});

test("a refused request is a refused connection; without a seat nothing is acked", async () => {
  const { courier, acks, ack } = await joined();
  replies.push({ code: "token_expired", title: "Expired." });
  courier.send("answer", { seq: 1 }, ack);
  await vi.advanceTimersByTimeAsync(100);
  expect(heard.splice(0)).toEqual([
    ["refused", { code: "token_expired", title: "Expired." }],
  ]);
  const second = await joined();
  replies.push({ refused: LATE });
  second.courier.send("answer", { seq: 1 }, second.ack);
  await vi.advanceTimersByTimeAsync(100);
  expect([heard, acks, second.acks]).toEqual([["lost"], [], []]);
});

test("what no request can hold is refused by itself, and the rest goes on", async () => {
  const { courier, acks, ack } = await joined();
  const problem = { code: "too_large", title: "Too large.", detail: "at most 65536 bytes" };
  replies.push(problem, { joined: JOINED, acks: [{ answer: answered(2) }] });
  courier.send("answer", { seq: 1, item: "q", response: "x".repeat(70_000) }, ack);
  courier.send("answer", { seq: 2, item: "p" }, ack);
  await vi.advanceTimersByTimeAsync(100);
  expect(asked.slice(1).map((each) => each.events?.length)).toEqual([1, 1]);
  expect(acks).toEqual([{ ok: false, problem }, answered(2)]);
  expect(heard).toEqual([]);
});

test("a request holds no more than any server takes, but one list at least", async () => {
  const { courier, ack } = await joined();
  const long = (seq: number) => ({ seq, item: `q${seq}`, response: "आ".repeat(4_000) });
  replies.push({ joined: JOINED, acks: [1, 2].map((seq) => ({ answer: answered(seq) })) });
  for (const seq of [1, 2, 3]) courier.send("answer", long(seq), ack);
  await vi.advanceTimersByTimeAsync(100);
  expect(asked.slice(1).map((each) => each.events?.length)).toEqual([2, 1]);
});

test("after a while it ends, so that a socket is tried again", async () => {
  const { courier } = await joined();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(heard).toEqual(["lost"]);
  courier.end();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(heard).toEqual(["lost"]);
});
