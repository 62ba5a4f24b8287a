/** One client, one tiny server, and everything that can happen between them, step by step. Driven
 * by dice in never-lost.test.ts; `check` is called after each step. */
import { expect } from "vitest";
import { Candidate } from "../../../src/client/core/candidate";
import { NONE, type Version, compare, isSaved, itemOf } from "../../../src/client/core/entry";
import { newest, versionOf } from "../../../src/client/core/entry";
import type { Send } from "../../../src/client/core/exchange";
import { Outbox, type Stored } from "../../../src/client/core/outbox";
import { counts } from "../../../src/client/core/replies";
import { type Seen, nothingSeen } from "../../../src/client/core/seen";
import { type Action, Session } from "../../../src/client/core/session";
import { TinyServer } from "./tiny-server";

export const ITEMS = ["q1", "q2", "q3"] as const;
export const BAD = ["bad", "spoils the list"] as const;
const INSTANCE = "web-1";
const STEPS_MAX = 400;
const DRAWS = [0, 0.5, 0.99, 0.25];

export class World {
  server = new TinyServer();
  now = 0;
  session!: Session;
  candidate!: Candidate;
  dialling = false;
  up = false;
  requests: Send[] = [];
  replies: { ticket: number; reply: unknown }[] = [];
  stragglers: { connection: number; request: Send }[] = [];
  meant: Record<string, string> = {};
  /** What was ever acked, and what counted: for ever, though the client forgets. */
  done: Record<string, string> = {};
  acked: Record<string, { version: Version; response: unknown }> = {};
  replays = 0;
  private connection = 0;
  private drawn = 0;
  private made = 0;

  constructor() {
    this.wake(new Outbox(), nothingSeen());
    this.act(this.session.open(this.now));
  }

  /** A new process of the client, with what the last one had written down. */
  private wake(outbox: Outbox, seen: Seen): void {
    const draw = (): number => DRAWS[this.drawn++ % DRAWS.length] ?? 0;
    const makeId = (): string => `id-${++this.made}`;
    this.session = new Session("e", outbox, seen, draw, makeId);
    this.candidate = new Candidate(this.session, makeId);
    this.session.exchange.noted = (entry, reply) => {
      const item = itemOf(entry);
      if (item === null) {
        this.done[String(entry.body["id"])] = entry.event;
      } else if (reply.kind === "answered" && counts(reply.ack)) {
        if (this.acked[item]?.version.join() === versionOf(entry).join()) this.replays += 1;
        const before = this.acked[item]?.version ?? NONE;
        if (compare(versionOf(entry), before) <= 0) return;
        this.acked[item] = { version: versionOf(entry), response: entry.body["response"] };
      }
    };
  }

  /** Do what the session asks for. */
  act(actions: readonly Action[]): void {
    for (const action of actions) {
      if (action.do === "send") {
        expect(this.up, "it sends without a connection").toBe(true);
        this.requests.push(structuredClone(action));
      } else {
        this.cut();
        this.dialling = action.do === "dial";
      }
    }
  }

  /** The connection ends; what it carried may still reach the server, late. */
  private cut(): void {
    this.up = this.dialling = false;
    const late = this.requests.map((request) => ({ connection: this.connection, request }));
    this.stragglers = [...this.stragglers, ...late].slice(-10);
    this.requests = [];
    this.replies = [];
  }

  private serve({ event, body }: Send): unknown {
    return structuredClone(this.server.handle(this.connection, INSTANCE, event, body));
  }

  /** Most runs begin where it gets interesting: started, some answers on their way. */
  sitsDown(answered: number): void {
    if (answered > 0) {
      this.connects();
      this.healALittle();
      this.starts();
      this.healALittle();
    }
    for (const item of ITEMS.slice(0, Math.max(0, answered - 1))) this.answers(item);
  }

  // --- the candidate

  starts(): void {
    if (this.session.seen.attempt) this.act(this.candidate.start(this.now));
  }

  answers(item: string): void {
    if (!this.session.writable) return;
    const value = `v${++this.made}`;
    this.meant[item] = value;
    this.act(this.candidate.answer(item, value, this.now));
  }

  answersBadlyAndThenWell(item: string, bad: string): void {
    if (!this.session.writable) return;
    this.act(this.candidate.answer(item, bad, this.now));
    this.answers(item);
  }

  switchesTabs(): void {
    if (this.session.writable) {
      this.act(this.candidate.violation("tab_hidden", this.now, "", this.now));
    }
  }

  submits(): void {
    const all = Object.keys(this.meant).length === ITEMS.length;
    if (this.session.writable && all) this.act(this.candidate.submit(this.now));
  }

  // --- the network

  connects(): void {
    if (!this.dialling) return;
    this.dialling = false;
    this.up = true;
    this.connection += 1;
    this.act(this.session.connected(this.now));
  }

  cuts(): void {
    if (!this.up) return;
    this.cut();
    this.act(this.session.disconnected(this.now));
  }

  requestsArrive(count: number): void {
    for (const request of this.requests.splice(0, count)) {
      this.replies.push({ ticket: request.ticket, reply: this.serve(request) });
    }
  }

  aRequestArrivesTwice(): void {
    const request = this.requests.shift();
    if (!request) return;
    this.serve(request);
    this.replies.push({ ticket: request.ticket, reply: this.serve(request) });
  }

  aRequestIsLost(which: number): void {
    if (this.requests.length > 0) this.requests.splice(which % this.requests.length, 1);
  }

  aStragglerArrives(): void {
    const late = this.stragglers.shift();
    if (!late) return;
    this.server.handle(late.connection, INSTANCE, late.request.event, late.request.body);
  }

  repliesArrive(count: number, backwards = false): void {
    const chosen = this.replies.splice(0, count);
    for (const { ticket, reply } of backwards ? chosen.reverse() : chosen) {
      this.act(this.session.replied(ticket, reply, this.now));
    }
  }

  aReplyArrivesTwice(): void {
    const found = this.replies.shift();
    if (!found) return;
    this.act(this.session.replied(found.ticket, found.reply, this.now));
    this.act(this.session.replied(found.ticket, found.reply, this.now));
  }

  anAckIsEmptyOrLost(which: number, instead: unknown): void {
    if (this.replies.length === 0) return;
    const [found] = this.replies.splice(which % this.replies.length, 1);
    if (instead === null || !found) return;
    this.act(this.session.replied(found.ticket, instead, this.now));
  }

  // --- time, the client's process, the server

  timePasses(ms: number): void {
    this.now += ms;
    this.act(this.session.tick(this.now));
  }

  theClientCrashesAndComesBack(): void {
    const stored = structuredClone(this.session.outbox.kept) as Stored;
    const seen = structuredClone(this.session.seen);
    this.cut();
    this.wake(new Outbox(stored), seen);
    this.act(this.session.open(this.now));
  }

  theServerLosesItsData(told: boolean): void {
    this.server.lose();
    if (!told || !this.up) return;
    const body = { attempt: "a", epoch: this.server.epoch, after_ms: 300 };
    this.act(this.session.heard("replay", body, this.now));
  }

  // --- what must hold

  /** After every step: nothing acked or meant can be lost by what may happen next. */
  check(): void {
    const { entries } = this.session.outbox;
    for (const [item, { version }] of Object.entries(this.acked)) {
      const durable = compare(this.server.stored.responses[item]?.version ?? NONE, version) >= 0;
      const kept = entries.filter((e) => itemOf(e) === item && isSaved(e)).map(versionOf);
      const best = kept.reduce(newest, NONE);
      expect(durable || compare(best, version) >= 0, `${item} ${version} is forgotten`).toBe(true);
    }
    const here = new Set(entries.filter(isSaved).map((entry) => entry.body["id"]));
    for (const [id, event] of Object.entries(this.done)) {
      const safe = id in this.server.stored.commands || here.has(id) || this.moot(event);
      expect(safe, `${event} ${id} is forgotten`).toBe(true);
    }
    for (const [item, value] of Object.entries(this.meant)) this.isKept(item, value);
  }

  private isKept(item: string, value: string): void {
    if (this.acked[item]?.response === value) return;
    const here = this.session.outbox.entries.filter((entry) => itemOf(entry) === item);
    here.sort((a, b) => compare(versionOf(a), versionOf(b)));
    expect(here.at(-1)?.body["response"], `${item} as meant`).toBe(value);
  }

  /** Commands whose effect is durable under another id have changed nothing of their own. */
  private moot(event: string): boolean {
    const { started_at, closed } = this.server.stored;
    return event === "join" || (event === "start" && started_at !== null) ||
      (event === "submit" && closed);
  }

  /** All heals: the outbox drains, and the server holds what was meant. */
  heal(): void {
    this.server.away = false;
    for (let step = 0; step < STEPS_MAX && !this.rests(); step += 1) this.healALittle();
    expect(this.rests(), JSON.stringify(this.session.outbox.entries)).toBe(true);
    for (const [item, value] of Object.entries(this.meant)) {
      expect(this.server.stored.responses[item]?.response).toBe(value);
    }
    const bad: readonly unknown[] = BAD;
    const refused = this.session.outbox.refused.filter((r) => !bad.includes(r.body["response"]));
    expect(refused).toEqual([]);
  }

  private rests(): boolean {
    const { outbox, state } = this.session;
    return outbox.entries.length === 0 && (state === "live" || state === "closed");
  }

  healALittle(): void {
    if (this.dialling) this.connects();
    while (this.requests.length > 0) {
      this.requestsArrive(20);
      this.repliesArrive(20);
    }
    while (this.replies.length > 0) this.repliesArrive(20);
    this.server.flush();
    this.now = Math.max(this.now + 1, this.session.nextAt(this.now) ?? this.now);
    this.act(this.session.tick(this.now));
  }
}
