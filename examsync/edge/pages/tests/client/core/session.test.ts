import { expect, test } from "vitest";
import { Outbox } from "../../../src/client/core/outbox";
import { nothingSeen } from "../../../src/client/core/seen";
import { type Action, Session } from "../../../src/client/core/session";
import { SILENCE_MAX_MS } from "../../../src/client/core/silence";
import { TinyServer, refused } from "./tiny-server";

/** A session and a server with nothing between them. */
class Pair {
  server = new TinyServer();
  now = 0;
  dials = 0;
  hungUp = 0;
  sent: { event: string; body: unknown }[] = [];
  private ids = 0;
  session: Session;

  constructor(stays = false) {
    const makeId = (): string => `id-${++this.ids}`;
    this.session = new Session("e", new Outbox(), nothingSeen(), () => 0.5, makeId, stays);
  }

  act(actions: readonly Action[]): void {
    for (const action of actions) {
      if (action.do === "dial") this.dials += 1;
      else if (action.do === "hang_up") this.hungUp += 1;
      else {
        this.sent.push(action);
        const reply = this.server.handle(1, "me", action.event, action.body);
        this.act(this.session.replied(action.ticket, structuredClone(reply), this.now));
      }
    }
  }

  live(): this {
    this.act(this.session.open(this.now));
    this.act(this.session.connected(this.now));
    return this;
  }

  started(): this {
    this.live();
    this.session.outbox.command("start", { id: "s" });
    this.act(this.session.turn(this.now));
    return this;
  }

  hears(event: string, body: unknown): void {
    this.act(this.session.heard(event, body, this.now));
  }

  later(ms: number): void {
    this.now += ms;
    this.act(this.session.tick(this.now));
  }
}

test("the first event of a connection is a join, and its ack makes it live", () => {
  const pair = new Pair().live();
  expect(pair.sent[0]?.event).toBe("join");
  expect(pair.session.state).toBe("live");
  expect(pair.session.tries).toEqual({ made: 0, next_at: null });
});

test("a lost connection is dialled again after a wait that grows, at once when online", () => {
  const pair = new Pair();
  pair.act(pair.session.open(0));
  for (const [tries, wait] of [[1, 150], [2, 300], [3, 600]] as const) {
    pair.act(pair.session.disconnected(pair.now));
    expect(pair.session.state).toBe("offline");
    expect(pair.session.tries).toEqual({ made: tries, next_at: pair.now + wait });
    pair.later(wait - 1);
    expect(pair.dials).toBe(tries);
    pair.later(1);
    expect(pair.dials).toBe(tries + 1);
  }
  pair.act(pair.session.disconnected(pair.now));
  pair.act(pair.session.online(pair.now));
  expect(pair.dials).toBe(5);
  pair.act(pair.session.online(pair.now));
  expect(pair.dials).toBe(5);
});

test("since when the server is away is known, over several tries", () => {
  const pair = new Pair().live();
  expect(pair.session.awaySince).toBeNull();
  pair.now = 1_000;
  pair.act(pair.session.disconnected(pair.now));
  pair.later(150);
  pair.act(pair.session.disconnected(pair.now));
  expect(pair.session.awaySince).toBe(1_000);
  pair.act(pair.session.connected(pair.now));
  expect(pair.session.awaySince).toBeNull();
});

test("a refusal without retry closes, one with retry says why and is tried again", () => {
  const pair = new Pair();
  pair.act(pair.session.open(0));
  const draining = { code: "draining", title: "", retry: true, retry_after_ms: 700 };
  pair.act(pair.session.refused(draining, 0));
  expect([pair.session.state, pair.session.reason]).toEqual(["offline", "draining"]);
  expect(pair.session.tries.next_at).toBe(850);
  pair.act(pair.session.refused({ code: "unauthorized", title: "", retry: false }, 900));
  expect([pair.session.state, pair.session.reason]).toEqual(["closed", "unauthorized"]);
  expect(pair.session.nextAt(900)).toBeNull();
});

test("told that the server drains, it hangs up and dials at that time", () => {
  const pair = new Pair().live();
  pair.hears("draining", { reconnect_in_ms: 400 });
  pair.later(399);
  expect(pair.hungUp).toBe(0);
  pair.later(1);
  expect([pair.hungUp, pair.dials]).toEqual([1, 2]);
});

test("a lost lease closes, is not taken back by itself, and is on purpose", () => {
  const pair = new Pair().started();
  pair.server.live.instance = "another";
  pair.server.live.lease = "9000000000000-zz";
  pair.hears("lease_lost", { attempt: "a", lease: "9000000000000-zz" });
  expect([pair.session.state, pair.session.reason]).toEqual(["closed", "lease_lost"]);
  expect(pair.session.writable).toBe(false);
  pair.act(pair.session.takeOver(pair.now));
  expect(pair.session.state).toBe("live");
  expect(pair.sent.at(-1)?.body).not.toHaveProperty("lease");
  expect(pair.session.outbox.lease > "9000000000000-zz").toBe(true);
});

test("word of a lost lease that is older than our own is no word", () => {
  const pair = new Pair().live();
  pair.hears("lease_lost", { attempt: "a", lease: "0000000000000-aa" });
  expect(pair.session.state).toBe("live");
});

test("a takeover that waits for approval is said, and asked again under the same id", () => {
  const pair = new Pair();
  const pending = refused("takeover_pending", { retry_after_ms: 2_000 });
  const handle = pair.server.handle.bind(pair.server);
  pair.server.handle = (...all) => (all[2] === "join" ? pending : handle(...all));
  pair.live();
  expect([pair.session.state, pair.session.reason]).toEqual(["syncing", "takeover_pending"]);
  pair.server.handle = handle;
  pair.later(2_200);
  expect(pair.session.state).toBe("live");
  expect(pair.session.reason).toBe("");
  const joins = pair.sent.filter(({ event }) => event === "join");
  expect(new Set(joins.map(({ body }) => (body as { id: string }).id)).size).toBe(1);
});

test("a replayed start or a paused clock is what the server says it is", () => {
  const pair = new Pair().started();
  pair.hears("paused", { attempt: "a", rev: [1, 3], since: 77, reason: "alarm" });
  expect(pair.session.seen).toMatchObject({ state: "paused", paused_since: 77 });
  pair.hears("resumed", { attempt: "a", rev: [1, 4], deadline: 99 });
  expect(pair.session.seen).toMatchObject({ state: "in_progress", deadline: 99 });
  pair.hears("time_changed", { attempt: "a", rev: [1, 5], deadline: 199, reason: "" });
  expect(pair.session.seen.deadline).toBe(199);
  pair.hears("paused", { since: "yesterday" });
  expect(pair.session.seen.state).toBe("in_progress");
});

test("a closed attempt takes no answers, and reopened ones do again", () => {
  const pair = new Pair(true).started();
  expect(pair.session.writable).toBe(true);
  pair.hears("closed", { attempt: "a", rev: [1, 3], state: "expired", closed_at: 5, reason: "" });
  expect([pair.session.state, pair.session.writable]).toEqual(["closed", false]);
  pair.hears("reopened", { attempt: "a", rev: [1, 4], deadline: 9, reason: "" });
  expect([pair.session.state, pair.session.writable]).toEqual(["live", true]);
});

test("a page stays connected when all is over and durable, a bot hangs up", () => {
  for (const [stays, hungUp] of [[true, 0], [false, 1]] as const) {
    const pair = new Pair(stays).started();
    pair.session.outbox.command("submit", { id: "z" });
    pair.act(pair.session.turn(pair.now));
    pair.server.flush();
    pair.later(2_000);
    expect(pair.session.settled).toBe(true);
    expect(pair.hungUp).toBe(hungUp);
    expect(pair.session.seen.receipt).toBe("submit|");
  }
});

test("who submitted and reloads is not writable before the next join", () => {
  const pair = new Pair().started();
  pair.session.outbox.command("submit", { id: "z" });
  pair.act(pair.session.turn(pair.now));
  const { outbox, seen } = pair.session;
  const kept = structuredClone({ ...outbox.kept, entries: [] });
  const again = new Session("e", new Outbox(kept), structuredClone(seen), () => 0.5, () => "x");
  expect(again.writable).toBe(false);
});

test("a submit whose attempt was closed in a life the server has lost is given in again", () => {
  const pair = new Pair().started();
  pair.session.outbox.answer("q1", "a");
  pair.act(pair.session.turn(pair.now));
  pair.server.flush();
  const submit = pair.session.outbox.command("submit", { id: "z" });
  submit.not_before = 1_000; // its first try arrived, and the ack was lost
  pair.server.live.closed = true;
  pair.act(pair.session.disconnected(pair.now));
  pair.later(150);
  pair.act(pair.session.connected(pair.now));
  expect(pair.session.reason).toBe("submitted");
  pair.server.lose();
  pair.server.live.instance = "";
  pair.server.live.lease = "9000000000000-zz";
  for (let step = 0; step < 50; step += 1) pair.later(500);
  expect(pair.session.outbox.refused).toEqual([]);
  expect(pair.server.live.closed).toBe(true);
});

test("one that lost its lease names an epoch it hears of later", () => {
  const pair = new Pair().started();
  const { session } = pair;
  session.heard("lease_lost", { attempt: "a", lease: "9000000000000-zz" }, 1);
  session.heard("replay", { attempt: "a", epoch: 4, after_ms: 0 }, 2);
  const join = session.outbox.find("join");
  if (join) session.outbox.drop(join);
  const joins: unknown[] = [];
  for (const now of [5_000, 9_000]) {
    for (const action of session.tick(now)) {
      if (action.do !== "send") continue;
      if (action.event === "heartbeat") {
        const beat = { ok: true, server_time: 5, rev: [3, 8], durable: [3, 8], deadline: 9 };
        session.replied(action.ticket, beat, now);
      } else if (action.event === "join") {
        joins.push((action.body as { rev: unknown }).rev);
        session.replied(action.ticket, refused("lease_lost"), now);
      }
    }
  }
  expect(joins).toEqual([[4, 0]]);
  expect([session.reason, session.outbox.refused]).toEqual(["lease_lost", []]);
});

test("one that lost a lease it never heard of does not come back as a new device", () => {
  const { session } = new Pair(true);
  session.open(0);
  const [first] = session.connected(0);
  if (first?.do === "send") session.replied(first.ticket, refused("lease_lost"), 0);
  expect(session.reason).toBe("lease_lost");
  session.disconnected(1);
  const [again] = session.connected(2);
  expect(again?.do === "send" && again.body).toMatchObject({ lease: "0000000000000-0" });
});

test("a server that went silent is given up after ten seconds", () => {
  const pair = new Pair().started();
  pair.session.outbox.answer("q1", "a", {});
  pair.now = 100;
  for (const action of pair.session.turn(100)) expect(action.do).toBe("send");
  for (const action of pair.session.tick(99 + SILENCE_MAX_MS)) expect(action.do).toBe("send");
  expect(pair.session.nextAt(99 + SILENCE_MAX_MS)).toBe(100 + SILENCE_MAX_MS);
  expect(pair.session.tick(100 + SILENCE_MAX_MS)).toEqual([{ do: "hang_up" }]);
  expect(pair.session.state).toBe("offline");
});

test("who says anything else meanwhile is slow, and not silent", () => {
  const pair = new Pair().started();
  pair.session.outbox.answer("q1", "a", {});
  expect(pair.session.turn(100).map((action) => action.do)).toEqual(["send"]);
  pair.session.heard("time_changed", null, 9_000);
  for (const action of pair.session.tick(100 + SILENCE_MAX_MS)) expect(action.do).toBe("send");
  expect(pair.session.state).toBe("live");
});
