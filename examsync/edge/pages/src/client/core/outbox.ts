/** Everything a client has sent or wants to send, until it is durable (pure): the rules of
 * loadtest/client/README.md. Times are this device's ms. Nothing here waits or reads a clock. */
import type { ResponseValue, Rev } from "protocol";
import {
  ANSWER,
  type Entry,
  JOIN,
  NONE,
  type Refusal,
  type Stamp,
  type Version,
  compare,
  fits,
  isDurableBy,
  isSaved,
  itemOf,
  newEntry,
  newest,
  stampOf,
  versionOf,
  wait,
} from "./entry";

/** Far more than an exam makes; a client that reaches it must say so, not forget. */
export const ENTRIES_MAX = 2_000;

/** Nothing more can be kept: tell the candidate that this was NOT saved. */
export class OutboxFull extends Error {
  override readonly name = "OutboxFull";
}

/** What survives a crash. `counted` and `acked` are, by item, the newest version that counts and
 * the newest that got any ok. `number` and `seq` only grow. */
export interface Stored {
  entries: Entry[];
  refused: Refusal[];
  counted: Record<string, Version>;
  acked: Record<string, Version>;
  lease: string;
  seq: number;
  epoch: number;
  rev: Rev;
  durable: Rev;
  number: number;
}

export function nothingStored(): Stored {
  return {
    entries: [],
    refused: [],
    counted: {},
    acked: {},
    lease: "",
    seq: 0,
    epoch: 0,
    rev: [0, 0],
    durable: [0, 0],
    number: 0,
  };
}

/** One attempt's outbox on one client instance. `changes` counts what a crash must not undo:
 * whoever persists compares it before each send. */
export class Outbox {
  changes = 0;
  bytesMax: number | null = null; // of a message, as the server said when it opened the connection

  constructor(readonly kept: Stored = nothingStored()) {
    for (const entry of this.entries) if (entry.phase === "in_flight") wait(entry, 0);
  }

  /** All that is not durable, in the order of making; the join, if any, comes first. */
  get entries(): Entry[] {
    return this.kept.entries;
  }

  get refused(): Refusal[] {
    return this.kept.refused;
  }

  /** The lease this client writes under, or "" before its first join. */
  get lease(): string {
    return this.kept.lease;
  }

  /** The latest epoch this client has heard of. */
  get epoch(): number {
    return this.kept.epoch;
  }

  /** How many entries are not acked: what the indicator and the heartbeat show. */
  pending(): number {
    return this.entries.filter((entry) => entry.phase !== "acked").length;
  }

  /** The first entry of this event that is not durable. */
  find(event: string): Entry | undefined {
    return this.entries.find((entry) => entry.event === event);
  }

  /** Item -> newest version this client holds, acked or not: what `submit` names. Answers that
   * were refused or do not count are not in it: a submit naming them could never be granted. */
  holds(): Record<string, Version> {
    const holds = { ...this.kept.counted };
    for (const entry of this.entries) {
      const item = itemOf(entry);
      if (item === null || isSaved(entry)) continue;
      holds[item] = newest(holds[item] ?? NONE, versionOf(entry));
    }
    return holds;
  }

  /** Take an answer; `more` is `flag` and `spent_ms`. While an older one of the item waits and no
   * server has it, the new one takes its place: the newest value wins, only seq grows. */
  answer(item: string, response: ResponseValue, more: Record<string, unknown> = {}): Entry {
    const at = this.entries.findIndex(
      (e) => itemOf(e) === item && e.phase === "waiting" && !isSaved(e),
    );
    const before = at < 0 ? undefined : this.entries.splice(at, 1)[0];
    const entry = this.make(ANSWER, { item, response, ...more });
    [entry.lease, entry.seq] = this.nextVersion();
    if (before) ({ tries: entry.tries, not_before: entry.not_before } = before);
    this.entries.push(entry);
    return entry;
  }

  /** Take anything else; `body` holds the `id` this client made for it. Raises OutboxFull. */
  command(event: string, body: Record<string, unknown>): Entry {
    const entry = this.make(event, body);
    if (event === JOIN) this.entries.unshift(entry);
    else this.entries.push(entry);
    return entry;
  }

  /** An ok. Returns the entry, or null if it is over what this client no longer holds. An ack of
   * an older epoch than this client knows leaves the entry to be sent again, at `replayAt`. */
  acked(
    stamp: Stamp,
    rev: Rev,
    receipt: string | null,
    { counts = true, replayAt = 0 }: { counts?: boolean; replayAt?: number } = {},
  ): Entry | null {
    const entry = this.at(stamp);
    if (!entry) return null;
    this.changes += 1;
    this.learnEpoch(rev[0], replayAt);
    if (entry.rev === null || rev[0] > entry.rev[0]) entry.rev = rev;
    entry.receipt = receipt || entry.receipt;
    if (entry.rev[0] < this.epoch) {
      wait(entry, replayAt);
    } else {
      entry.phase = "acked";
      entry.tries = 0;
    }
    this.kept.rev = newest(this.kept.rev, rev);
    const item = itemOf(entry);
    if (item !== null) this.answered(entry, item, counts);
    this.forgetDurable();
    return entry;
  }

  /** No ack, or none that says ok or not ok: it may have arrived, so it goes again. */
  unanswered(stamp: Stamp, notBefore: number): void {
    const entry = this.at(stamp);
    if (!entry || entry.phase !== "in_flight") return;
    if (!isSaved(entry) && this.overtaken(entry)) this.drop(entry);
    else wait(entry, notBefore);
  }

  /** A refusal that no repetition changes: out of the queue, onto the list to be shown. A late
   * one, over a send without the receipt that has come since, changes nothing. */
  refuse(stamp: Stamp, code: string, detail: string): void {
    const entry = this.at(stamp);
    if (!entry || (isSaved(entry) && !stamp.replay)) return;
    this.drop(entry);
    const { event, body, lease, seq } = entry;
    if (event === JOIN) return; // nothing of the candidate's is lost by it; the session tells why
    this.refused.push({ event, body, code, detail, lease, seq, was_acked: isSaved(entry) });
  }

  /** Send it as something new: its seq was used up, or its receipt is not believed. An answer
   * that a newer one has overtaken must not become the newest by this: it goes. */
  restamp(stamp: Stamp, notBefore: number): void {
    const entry = this.at(stamp);
    if (!entry) return;
    this.changes += 1;
    entry.receipt = null;
    entry.rev = null;
    wait(entry, notBefore);
    if (itemOf(entry) === null) return;
    if (this.overtaken(entry)) this.drop(entry);
    else [entry.lease, entry.seq] = this.nextVersion();
  }

  /** The server lacks the answers to these items: those still held are sent again. */
  missing(items: readonly string[]): void {
    for (const entry of this.entries) {
      if (entry.phase === "acked" && items.includes(itemOf(entry) ?? "")) wait(entry, 0);
    }
  }

  /** The connection is gone: what was in flight may or may not have arrived. */
  disconnected(): void {
    for (const entry of [...this.entries]) this.unanswered(stampOf(entry), 0);
  }

  /** Whoever refused for a while may take it now: forget the waits. */
  hurry(): void {
    for (const entry of this.entries) entry.not_before = 0;
  }

  /** A join was granted `lease`, under which the server has seen `seq`. False: it is older than
   * our own, and to be ignored. A newer one re-stamps every answer that no server has acked, in
   * order; what was acked keeps its stamp and its receipt. */
  relet(lease: string, seq: number): boolean {
    if (lease < this.lease) return false;
    const newer = lease > this.lease;
    this.kept.lease = lease;
    this.kept.seq = Math.max(this.kept.seq, seq);
    if (!newer) return true;
    for (const entry of [...this.entries]) {
      if (itemOf(entry) !== null && !isSaved(entry)) this.restamp(stampOf(entry), 0);
    }
    this.changes += 1;
    return true;
  }

  /** The server's data has begun a new life: what was acked in an older one goes again. True if
   * that was news. Clients are told different `replayAt`, to come one by one. */
  learnEpoch(epoch: number, replayAt: number): boolean {
    if (epoch <= this.epoch) return false;
    this.changes += 1;
    this.kept.epoch = epoch;
    for (const entry of this.entries) {
      if (entry.phase === "acked" && (entry.rev?.[0] ?? 0) < epoch) wait(entry, replayAt);
    }
    return true;
  }

  /** All up to this is durable: what was acked in that epoch up to that n may go. */
  durable(rev: Rev): void {
    if (compare(rev, this.kept.durable) <= 0) return;
    this.changes += 1;
    this.kept.durable = rev;
    this.forgetDurable();
  }

  /** Forget an entry that nobody needs any more. */
  drop(entry: Entry): void {
    this.changes += 1;
    this.kept.entries = this.entries.filter((other) => other !== entry);
  }

  /** The entry this stamp is over, as it is now. */
  at(stamp: Stamp): Entry | undefined {
    return this.entries.find((entry) => fits(stamp, entry));
  }

  private make(event: string, body: Record<string, unknown>): Entry {
    if (event !== JOIN && this.entries.length + this.refused.length >= ENTRIES_MAX) {
      throw new OutboxFull(`${ENTRIES_MAX} entries are waiting for the server`);
    }
    this.kept.number += 1;
    this.changes += 1;
    return newEntry(this.kept.number, event, body);
  }

  private nextVersion(): Version {
    this.kept.seq += 1;
    return [this.lease, this.kept.seq];
  }

  /** Whether a newer answer to its item is here, or has been acked. */
  private overtaken(entry: Entry): boolean {
    const item = itemOf(entry);
    if (item === null) return false;
    const version = versionOf(entry);
    return (
      compare(version, this.kept.acked[item] ?? NONE) < 0 ||
      this.entries.some((other) => itemOf(other) === item && compare(versionOf(other), version) > 0)
    );
  }

  /** Note what an ok means for the item; older acked answers to it need no replay then. */
  private answered(entry: Entry, item: string, counts: boolean): void {
    const version = versionOf(entry);
    const { acked, counted } = this.kept;
    acked[item] = newest(acked[item] ?? NONE, version);
    if (!counts) return;
    counted[item] = newest(counted[item] ?? NONE, version);
    this.kept.entries = this.entries.filter(
      (other) =>
        !(itemOf(other) === item && isSaved(other) && compare(versionOf(other), version) < 0),
    );
  }

  private forgetDurable(): void {
    this.kept.entries = this.entries.filter((e) => !isDurableBy(e, this.kept.durable));
  }
}
