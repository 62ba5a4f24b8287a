/** What the cells of a row say (pure; the time is handed in). */
import type { Connection, Row } from "protocol";
import { clock, countdown, duration } from "../kit";
import { underWay } from "./trouble";
import { W } from "./words";

/** `42 s`, `5 min`, `2 h`: ages in a narrow column. */
export function age(at: number, now: number): string {
  const seconds = Math.max(0, Math.floor((now - at) / 1_000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min`;
  return `${Math.floor(seconds / 3_600)} h`;
}

/** What is left of the time (ms); it stands still while the clock does. Null: it has none. */
export function leftOf(row: Row, now: number): number | null {
  if (row.deadline == null) return null;
  return Math.max(0, row.deadline - (row.paused_since ?? now));
}

/** What the cell of the time says. */
export function timeText(row: Row, now: number): string {
  const left = row.state === "not_started" ? null : leftOf(row, now);
  if (left !== null) return countdown(left);
  if (row.closed_at != null && row.state !== "absent") return clock(row.closed_at);
  return "–";
}

/** Time beyond the paper's own, of any kind, and what the paper has; null if there is none. */
export function extraOf(row: Row, usual_ms: number | undefined): string | null {
  if (row.deadline == null || row.started_at == null || usual_ms === undefined) return null;
  const extra = row.deadline - row.started_at - usual_ms;
  return extra >= 30_000 ? duration(extra) : null;
}

export type Sign = "live" | "late" | "silent" | "away" | "none";

export interface LineTold {
  sign: Sign;
  word: string;
  /** Round trip or age, and what is pending. */
  more: string;
  about: string;
}

/** A connection in words; of one that is not needed any more, without alarm. */
export function lineOf(row: Row, connection: Connection | undefined, now: number): LineTold {
  const level = connection?.level ?? (underWay(row) ? "away" : "never");
  const here = level === "live" || level === "late";
  if (!underWay(row) && !here) {
    const word = row.state === "not_started" ? W.level.never : W.left;
    return { sign: "none", word, more: "", about: "" };
  }
  const since = connection && level !== "live" ? age(connection.since, now) : "";
  const rtt = connection?.rtt_ms != null && here ? W.rtt(connection.rtt_ms) : "";
  const pending = connection?.pending ?? 0;
  const about = [W.levelAbout[level]];
  if (connection?.rtt_ms != null) about.push(W.rttAbout(connection.rtt_ms));
  if (pending > 0) about.push(W.pending(pending));
  return {
    sign: level === "never" ? "away" : level,
    word: W.level[level],
    more: pending > 0 && underWay(row) ? W.pendingShort(pending) : since || rtt,
    about: about.join(". "),
  };
}

/** How far the device's clock is from the server's, where that is worth saying. */
export function clockOff(server_at: number, device_at: number): string | null {
  const off = device_at - server_at;
  if (Math.abs(off) < 2_000) return null;
  return `${off > 0 ? "+" : "−"}${duration(Math.abs(off))}`;
}

/** A share as a whole number of hundredths, full only when it is full. */
export function hundredths(answered: number, total: number): number {
  if (total <= 0) return 0;
  return answered >= total ? 100 : Math.min(99, Math.floor((answered / total) * 100));
}
