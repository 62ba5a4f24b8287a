/** One thing that was sent or is to be, and how far it has come (pure). The outbox holds it. */
import type { Rev } from "protocol";

export const ANSWER = "answer";
export const JOIN = "join";
export const START = "start";
export const SUBMIT = "submit";

/** (lease, seq): the newer wins everywhere. */
export type Version = [string, number];
export const NONE: Version = ["", 0];

/** `waiting`: to be sent, for the first time or again. `acked`: saved, kept until durable. */
export type Phase = "waiting" | "in_flight" | "acked";

/**
 * An answer or a command. `body` is the payload without `seq`, `lease` and `receipt`.
 *
 * `number` is its place in the order of making. `lease` and `seq` are an answer's version.
 * `receipt` and `rev` are what it was last acked with; an entry that waits and has a receipt is a
 * replay. `alone`: not to be sent in a list, since such a list was refused as a whole. `anew`: a
 * join that names no lease, although one is known. `doubted`: refused once for want of a lease
 * while the attempt was thought to be over.
 */
export interface Entry {
  number: number;
  event: string;
  body: Record<string, unknown>;
  lease: string;
  seq: number;
  phase: Phase;
  rev: Rev | null;
  receipt: string | null;
  tries: number;
  not_before: number;
  answer_by: number;
  alone: boolean;
  anew: boolean;
  doubted: boolean;
}

/** What an ack has to match. `replay`: it was sent with its receipt; a refusal of that is more
 * than one of a first send. */
export interface Stamp {
  readonly number: number;
  readonly lease: string;
  readonly seq: number;
  readonly replay: boolean;
}

/** What the server will never take, and why: shown to the candidate, never dropped silently. */
export interface Refusal {
  event: string;
  body: Record<string, unknown>;
  code: string;
  detail: string;
  lease: string;
  seq: number;
  was_acked: boolean;
}

export function newEntry(number: number, event: string, body: Record<string, unknown>): Entry {
  return {
    number,
    event,
    body,
    lease: "",
    seq: 0,
    phase: "waiting",
    rev: null,
    receipt: null,
    tries: 0,
    not_before: 0,
    answer_by: 0,
    alone: false,
    anew: false,
    doubted: false,
  };
}

/** The item an answer is for; null for commands. */
export function itemOf(entry: Entry): string | null {
  return entry.event === ANSWER ? String(entry.body["item"]) : null;
}

export function versionOf(entry: Entry): Version {
  return [entry.lease, entry.seq];
}

/** Whether some server has acked it: what must not be forgotten before it is durable. */
export function isSaved(entry: Entry): boolean {
  return entry.receipt !== null || entry.phase === "acked";
}

/** What an ack of this entry, as it is now, has to match. */
export function stampOf(entry: Entry): Stamp {
  const { number, lease, seq } = entry;
  return { number, lease, seq, replay: entry.receipt !== null };
}

/** Whether this stamp is over the entry as it is now. */
export function fits(stamp: Stamp, entry: Entry): boolean {
  return (
    stamp.number === entry.number && stamp.lease === entry.lease && stamp.seq === entry.seq
  );
}

/** Whether it is in the database when all up to `durable` is: same epoch, n not above. */
export function isDurableBy(entry: Entry, durable: Rev): boolean {
  if (entry.phase !== "acked" || entry.rev === null) return false;
  return entry.rev[0] === durable[0] && entry.rev[1] <= durable[1];
}

/** What goes over the wire now. */
export function payloadOf(entry: Entry): Record<string, unknown> {
  return {
    ...entry.body,
    ...(entry.event === ANSWER && { seq: entry.seq }),
    ...(entry.receipt && { receipt: entry.receipt }),
  };
}

/** Send (again), not before this time. */
export function wait(entry: Entry, notBefore: number): void {
  entry.phase = "waiting";
  entry.not_before = notBefore;
}

/** Negative, zero or positive: how two versions, or two revs, compare. */
export function compare(a: readonly [string | number, number], b: typeof a): number {
  if (a[0] !== b[0]) return a[0] < b[0] ? -1 : 1;
  return a[1] - b[1];
}

export function newest<T extends readonly [string | number, number]>(a: T, b: T): T {
  return compare(a, b) >= 0 ? a : b;
}
