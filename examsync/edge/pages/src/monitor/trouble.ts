/** Who needs an examiner first, and why (pure; the time is handed in). Nothing acts on it.

 The order is by the weightiest reason; among equals by the sum of all; then those under way; then
 by name. So one raised hand stands above any heap of lesser things. A reason speaks of what was
 noticed, never of what somebody may have meant by it. The reasons, the weightiest first:

   100 hand raised                      40 not started after the bell
    90 a device waits for approval      30 answers kept apart
    80 away or not connected, working   25 a regrade is proposed
    70 silent, working                  20 answers late
    60 signals in the last 10 minutes   15 earlier signals
    50 many answers not saved yet       12 page hidden
                                         8 a line that is late, slow, or with answers on the way */
import type { Connection, Row } from "protocol";
import { W } from "./words";

/** From this weight on a row is not quiet. */
export const NOTABLE = 10;
/** From this weight on somebody should do something. */
export const SERIOUS = 70;
export const RECENT_MS = 10 * 60_000;
/** How long after the bell W.reason.notStarted is news. */
export const BELL_MS = 5 * 60_000;
/** The server's own step for "many" (roster.PENDING_STEPS). */
const PENDING_MANY = 10;
const RTT_BAD_MS = 1_000;

export interface Reason {
  weight: number;
  text: string;
}

/** `weight` is that of the first reason, `sum` that of all; what is not notable counts nothing, or
 * rows would change places with every answer that is on its way. */
export interface Trouble {
  weight: number;
  sum: number;
  reasons: readonly Reason[];
}

export interface Around {
  now: number;
  /** Recent signals by attempt. */
  recent: ReadonlyMap<string, number>;
  /** When the exam opened; null if it is not known. */
  opensAt: number | null;
}

export const NO_TROUBLE: Trouble = { weight: 0, sum: 0, reasons: [] };

/** What an examiner should know about a row at a glance. */
export function trouble(row: Row, connection: Connection | undefined, around: Around): Trouble {
  const found = [...ofRow(row, around), ...ofConnection(row, connection)];
  if (found.length === 0) return NO_TROUBLE;
  found.sort((a, b) => b.weight - a.weight);
  const notable = found.filter(({ weight }) => weight >= NOTABLE);
  const sum = notable.reduce((total, { weight }) => total + weight, 0);
  return { weight: notable[0]?.weight ?? 0, sum, reasons: found };
}

export function underWay(row: Row): boolean {
  return row.state === "in_progress" || row.state === "paused";
}

/** Signals of the last `RECENT_MS`, counted by attempt. */
export function recentSignals(
  signals: readonly { attempt: string; at: number }[],
  now: number,
): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { attempt, at } of signals) {
    if (now - at < RECENT_MS) counts.set(attempt, (counts.get(attempt) ?? 0) + 1);
  }
  return counts;
}

/** Called for every row whenever time has passed: words are only made for what is there. */
function ofRow(row: Row, around: Around): Reason[] {
  const found: Reason[] = [];
  const { violations: all = 0, kept = 0, late = 0 } = row;
  if (row.hand) found.push({ weight: 100, text: W.reason.hand });
  if (row.takeover_waiting) found.push({ weight: 90, text: W.reason.takeover });
  if (all > 0) {
    const recent = underWay(row) ? Math.min(all, around.recent.get(row.attempt) ?? 0) : 0;
    if (recent > 0) found.push({ weight: 60, text: W.reason.recent(recent) });
    else found.push({ weight: 15, text: W.reason.signals(all) });
  }
  if (lateToStart(row, around)) found.push({ weight: 40, text: W.reason.notStarted });
  if (kept > 0) found.push({ weight: 30, text: W.reason.kept(kept) });
  if (row.grading === "regrade_proposed") found.push({ weight: 25, text: W.reason.regrade });
  if (late > 0) found.push({ weight: 20, text: W.reason.late(late) });
  return found;
}

function lateToStart(row: Row, around: Around): boolean {
  const { now, opensAt } = around;
  return row.state === "not_started" && opensAt !== null && now >= opensAt + BELL_MS;
}

/** Who has not begun, or has finished, may be where they like. */
function ofConnection(row: Row, connection: Connection | undefined): Reason[] {
  if (!underWay(row)) return [];
  if (connection === undefined) return [{ weight: 80, text: W.reason.unconnected }];
  const found: Reason[] = [];
  const { level, pending = 0, rtt_ms: rtt, visible } = connection;
  if (level === "away" || level === "never") found.push({ weight: 80, text: W.reason.away });
  if (level === "silent") found.push({ weight: 70, text: W.reason.silent });
  if (level === "late") found.push({ weight: 8, text: W.reason.lineLate });
  if (pending >= PENDING_MANY) found.push({ weight: 50, text: W.reason.unsaved(pending) });
  else if (pending > 0) found.push({ weight: 8, text: W.reason.onTheWay(pending) });
  if (visible === false) found.push({ weight: 12, text: W.reason.hidden });
  if (rtt != null && rtt >= RTT_BAD_MS) found.push({ weight: 8, text: W.reason.slow });
  return found;
}
