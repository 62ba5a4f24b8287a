/** The chips over the table: what each counts and lets through (pure). */
import type { AttemptState } from "protocol";
import { type Seat, stateOf } from "./roster";
import { NOTABLE, underWay } from "./trouble";
import type { W } from "./words";

/** Its words are in `words.ts`, under its id. */
export interface Chip {
  id: keyof typeof W.chip;
  has: (seat: Seat) => boolean;
  /** Shown also when it counts nobody, so that the row of chips keeps still. */
  always: boolean;
  tone: "bad" | "warn" | "info" | "good" | "mark" | "quiet";
}

const level = (seat: Seat): string => seat.connection?.level ?? "away";

const inState =
  (state: AttemptState) =>
  ({ row }: Seat): boolean =>
    stateOf(row) === state;

export const CHIPS: readonly Chip[] = [
  { id: "trouble", always: true, tone: "bad", has: ({ trouble }) => trouble.weight >= NOTABLE },
  { id: "hands", always: true, tone: "mark", has: ({ row }) => row.hand === true },
  {
    id: "offline",
    always: true,
    has: (seat) => underWay(seat.row) && ["silent", "away", "never"].includes(level(seat)),
    tone: "bad",
  },
  {
    id: "late",
    always: true,
    tone: "warn",
    has: (seat) => underWay(seat.row) && level(seat) === "late",
  },
  { id: "signals", always: true, tone: "warn", has: ({ row }) => (row.violations ?? 0) > 0 },
  { id: "not_started", always: true, tone: "quiet", has: inState("not_started") },
  { id: "in_progress", always: true, tone: "info", has: inState("in_progress") },
  { id: "paused", always: true, tone: "mark", has: inState("paused") },
  { id: "submitted", always: true, tone: "good", has: inState("submitted") },
  { id: "expired", always: true, tone: "quiet", has: inState("expired") },
  { id: "terminated", always: false, tone: "quiet", has: inState("terminated") },
  { id: "absent", always: false, tone: "quiet", has: inState("absent") },
  { id: "takeover", always: false, tone: "mark", has: ({ row }) => row.takeover_waiting === true },
];

const BY_ID = new Map<string, Chip>(CHIPS.map((chip) => [chip.id, chip]));

/** How many each chip has, in one pass. */
export function count(seats: Iterable<Seat>): Map<string, number> {
  const counts = new Map<string, number>(CHIPS.map((chip) => [chip.id, 0]));
  for (const seat of seats) {
    for (const chip of CHIPS) {
      if (chip.has(seat)) counts.set(chip.id, (counts.get(chip.id) ?? 0) + 1);
    }
  }
  return counts;
}

/** Whether a seat is let through: by any of the chips that are on; all of them when none is. */
export function passes(seat: Seat, on: readonly string[]): boolean {
  return on.length === 0 || on.some((id) => BY_ID.get(id)?.has(seat) ?? false);
}
