/** The join in an outbox (pure): one at most, and it keeps its id until it is durable. A repeated
 * join under a new id could take the attempt back from a device that took over meanwhile. */
import type { Rev } from "protocol";
import { type Entry, JOIN, compare, isSaved, newest, wait } from "./entry";
import type { Outbox } from "./outbox";

/** A lease older than any: named by who lost one it never heard of, or it would join as a new
 * device that takes the attempt back. */
export const OLDEST = "0000000000000-0";

/** See to it that a join goes out at `at`, unless one is on its way. `anew`: as a new device
 * would, naming no lease: the candidate takes the attempt on purpose. */
export function join(
  outbox: Outbox,
  exam: string,
  makeId: () => string,
  at: number,
  { anew = false } = {},
): void {
  let entry = outbox.find(JOIN);
  if (entry && anew) {
    outbox.drop(entry);
    entry = undefined;
  }
  if (!entry) {
    entry = outbox.command(JOIN, { id: makeId(), exam });
    entry.anew = anew;
  } else if (entry.phase === "in_flight") {
    return;
  }
  wait(entry, at);
}

/** A server whose `rev` is of an older epoch than we have heard of has another primary beside it:
 * join again, which names that epoch. Also if another device has the attempt: that refuses the
 * join, but has been told. */
export function nameEpoch(
  outbox: Outbox,
  exam: string,
  makeId: () => string,
  rev: Rev,
  at: number,
): void {
  if (rev[0] < outbox.epoch && !outbox.find(JOIN)) join(outbox, exam, makeId, at);
}

/** What a join names when it goes: the lease and the rev this client knows by then. A take-over
 * on purpose names the lease it was granted, once it has been. Of an epoch in which nothing of ours
 * was acked yet, [epoch, 0]: a server that knows of none so late has another primary beside it, and
 * must be told. */
export function known(outbox: Outbox, entry: Entry): { lease?: string; rev?: Rev } {
  const rev = newest(outbox.kept.rev, [outbox.epoch, 0] as Rev);
  return {
    ...(compare(rev, [0, 0]) > 0 && { rev }),
    ...(outbox.lease && (isSaved(entry) || !entry.anew) && { lease: outbox.lease }),
  };
}
