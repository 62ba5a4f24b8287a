/** The acts an examiner has: what each asks for, to whom it can be done, its body (pure). */
import type { Targets } from "protocol";
import type { ActName, ActTerms } from "../client/monitor";
import { A } from "./actwords";
import { type Seat, standsWithExam } from "./roster";

export type Kind = ActName;

export interface Asks {
  minutes: "must" | "may" | "no";
  reason: "must" | "may" | "no";
  text: boolean;
  /** Whether it can be done to the exam as a whole. */
  whole: boolean;
  /** Hard to take back: asked once more. */
  hard: boolean;
}

const none: Asks = { minutes: "no", reason: "no", text: false, whole: false, hard: false };

export const ASKS: Record<Kind, Asks> = {
  message: { ...none, text: true },
  announce: { ...none, text: true, whole: true },
  extend: { ...none, minutes: "must", reason: "must", whole: true },
  pause: { ...none, reason: "must", whole: true },
  resume: { ...none, reason: "may", whole: true },
  submit_for: { ...none, reason: "must", whole: true, hard: true },
  terminate: { ...none, reason: "must", whole: true, hard: true },
  reopen: { ...none, minutes: "may", reason: "must", whole: true, hard: true },
  approve_takeover: { ...none, reason: "may" },
  resolve: { ...none, reason: "may" },
};

/** In the order of the bar for rows, and of the menu for the exam. */
export const ON_ROWS: readonly Kind[] = [
  "message",
  "extend",
  "pause",
  "resume",
  "resolve",
  "approve_takeover",
  "submit_for",
  "terminate",
  "reopen",
];
export const ON_EXAM: readonly Kind[] = [
  "announce",
  "extend",
  "pause",
  "resume",
  "submit_for",
  "terminate",
  "reopen",
];

export interface Terms {
  minutes?: number;
  reason?: string;
  text?: string;
}

/** Limits of the wire (protocol.types, from_client.Extend). */
export const REASON_CHARS_MAX = 500;
export const TEXT_CHARS_MAX = 2_000;
export const MINUTES_MAX = 1_440;
const MINUTE_MS = 60_000;

export interface Split {
  can: Seat[];
  cannot: { seat: Seat; why: string }[];
}

/** Whom an act can be done to now, and why not to the others, as the server says in `can`. */
export function split(kind: Kind, seats: readonly Seat[]): Split {
  const found: Split = { can: [], cannot: [] };
  for (const seat of seats) {
    const why = whyNot(kind, seat);
    if (why === "") found.can.push(seat);
    else found.cannot.push({ seat, why });
  }
  return found;
}

/** A clock that stands with the whole exam goes on with the whole exam. */
function whyNot(kind: Kind, { row }: Seat): string {
  if (kind === "resume" && standsWithExam(row)) return A.examStands;
  return row.can?.[kind] ?? "";
}

/** Why an act cannot be done to any of them; "" if it can to some. */
export function whyNone(kind: Kind, seats: readonly Seat[]): string {
  const { can, cannot } = split(kind, seats);
  if (can.length > 0) return "";
  return cannot[0]?.why ?? "";
}

export type Fault = "minutes" | "reason" | "text" | "";

/** What is missing in the terms, or too much; "" if they will do. */
export function faultOf(kind: Kind, terms: Terms): Fault {
  const asks = ASKS[kind];
  const { minutes, reason = "", text = "" } = terms;
  if (asks.text && (text.trim() === "" || text.length > TEXT_CHARS_MAX)) return "text";
  if (asks.minutes === "must" && !inRange(minutes, 1 / 60)) return "minutes";
  if (asks.minutes === "may" && minutes !== undefined && !inRange(minutes, 0)) return "minutes";
  if (asks.reason === "must" && reason.trim() === "") return "reason";
  return reason.length > REASON_CHARS_MAX ? "reason" : "";
}

function inRange(minutes: number | undefined, least: number): boolean {
  return minutes !== undefined && minutes >= least && minutes <= MINUTES_MAX;
}

/** The terms as the wire has them. */
export function termsOf(kind: Kind, attempts: Targets, terms: Terms): ActTerms {
  const asks = ASKS[kind];
  const { minutes } = terms;
  return {
    ...(kind !== "announce" && { attempts }),
    ...(asks.text && { text: (terms.text ?? "").trim() }),
    ...(asks.minutes !== "no" && minutes && { extra_ms: Math.round(minutes * MINUTE_MS) }),
    ...(asks.reason !== "no" && { reason: (terms.reason ?? "").trim() }),
  };
}

/** So many attempts go into one event: 64 KiB hold them with room to spare. */
export const PER_ACT_MAX = 1_000;

/** Targets in runs that fit an event each. */
export function runs(attempts: Targets): Targets[] {
  if (attempts === "all") return ["all"];
  const found: string[][] = [];
  for (let at = 0; at < attempts.length; at += PER_ACT_MAX) {
    found.push(attempts.slice(at, at + PER_ACT_MAX));
  }
  return found;
}
