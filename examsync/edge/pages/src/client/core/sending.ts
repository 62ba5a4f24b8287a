/** Which entries of an outbox may go now, and when to look again (pure). The exchange asks. */
import { ANSWER, type Entry, JOIN, START, SUBMIT, payloadOf } from "./entry";

export const IN_FLIGHT_MAX = 64;
/** An ack takes milliseconds; a server frozen for ten seconds may have lost what was sent. */
export const ACK_TIMEOUT_MS = 10_000;
export const BATCH_ENTRIES_MAX = 50;
/** Half of the 64 KiB that a server's frame limit should at least be. */
export const BATCH_BYTES_MAX = 32_768;
/** A frame's head, with namespace, ack id and the name of the event. */
export const ENVELOPE_BYTES = 64;

const BEFORE_START: readonly string[] = ["raise_hand", "acknowledge"];
/** A closed attempt takes none of these, unless it had acknowledged them. */
const BEFORE_SUBMIT: readonly string[] = [ANSWER, "violation", "raise_hand"];

/** What may be sent now, in order. Nothing passes a join that is not acked; answers wait for the
 * start, and a submit waits for all answers and signals before it: a server that has lost the one
 * would refuse the other for good. */
export function due(entries: readonly Entry[], now: number): Entry[] {
  let room = IN_FLIGHT_MAX;
  const ready: Entry[] = [];
  const unacked = new Set<string>();
  for (const entry of entries) {
    if (entry.phase === "acked") continue;
    if (entry.phase === "in_flight") room -= 1;
    else if (entry.not_before <= now && may(entry, unacked)) ready.push(entry);
    unacked.add(entry.event);
    if (entry.event === JOIN) break;
  }
  return ready.slice(0, Math.max(room, 0));
}

/** Whether an entry may go while others before it, of these events, are not acked. */
function may(entry: Entry, unacked: ReadonlySet<string>): boolean {
  if (unacked.has(START) && !BEFORE_START.includes(entry.event)) return false;
  return entry.event !== SUBMIT || !BEFORE_SUBMIT.some((event) => unacked.has(event));
}

/** The same entries in the same order, neighbouring answers together in one list. */
export function batches(entries: readonly Entry[]): Entry[][] {
  const made: Entry[][] = [];
  let room = 0;
  for (const entry of entries) {
    // UTF-8 takes at most 3 bytes for each UTF-16 unit
    const size = JSON.stringify(entry.body).length * 3 + (entry.receipt ?? "").length;
    const joins = entry.event === ANSWER && !entry.alone;
    const last = made.at(-1);
    if (last && joins && size <= room && last.length < BATCH_ENTRIES_MAX) {
      last.push(entry);
      room -= size;
    } else {
      made.push([entry]);
      room = joins ? BATCH_BYTES_MAX - size : -1;
    }
  }
  return made;
}

/** How large the message of this entry alone would be, if that is more than the server takes; else
 * 0. */
export function bytesOver(entry: Entry, bytesMax: number): number {
  const text = JSON.stringify(payloadOf(entry));
  if (text.length * 3 + ENVELOPE_BYTES <= bytesMax) return 0;
  const size = new TextEncoder().encode(text).length + ENVELOPE_BYTES;
  return size > bytesMax ? size : 0;
}

/** These are on their way. */
export function sent(entries: readonly Entry[], now: number): void {
  for (const entry of entries) {
    entry.phase = "in_flight";
    entry.tries += 1;
    entry.answer_by = now + ACK_TIMEOUT_MS;
  }
}

/** In flight for too long: whether they arrived is unknown, so they go again. */
export function overdue(entries: readonly Entry[], now: number): Entry[] {
  return entries.filter((entry) => entry.phase === "in_flight" && entry.answer_by <= now);
}

/** When `due` or `overdue` can change by themselves after `now`; null if they cannot. */
export function nextAt(entries: readonly Entry[], now: number): number | null {
  const times = entries
    .filter((entry) => entry.phase !== "acked")
    .map((entry) => (entry.phase === "waiting" ? entry.not_before : entry.answer_by))
    .filter((at) => at > now);
  return times.length > 0 ? Math.min(...times) : null;
}
