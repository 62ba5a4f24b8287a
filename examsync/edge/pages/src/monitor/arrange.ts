/** Which rows are shown, in which order (pure). */
import { passes } from "./chips";
import { byText, type Seat, stateOf } from "./roster";
import { NOTABLE, underWay } from "./trouble";

export type Field =
  | "trouble"
  | "name"
  | "hall"
  | "state"
  | "progress"
  | "saved"
  | "left"
  | "line"
  | "signals"
  | "hand";

export interface View {
  /** A field, with "-" before it for the other direction. */
  sort: string;
  chips: readonly string[];
  search: string;
  hall: string;
  group: string;
  /** Leave out rows without trouble; one that gets some is there again. */
  hideQuiet: boolean;
}

export const PLAIN_VIEW: View = {
  sort: "trouble",
  chips: [],
  search: "",
  hall: "",
  group: "",
  hideQuiet: false,
};

type Compare = (a: Seat, b: Seat) => number;
const NEVER = Number.POSITIVE_INFINITY;

const STATES = [
  "in_progress",
  "paused",
  "not_started",
  "submitted",
  "expired",
  "terminated",
  "absent",
];
const LEVELS = ["away", "silent", "late", "live"];

const COMPARES: Record<Field, Compare> = {
  trouble: (a, b) =>
    b.trouble.weight - a.trouble.weight ||
    b.trouble.sum - a.trouble.sum ||
    Number(underWay(b.row)) - Number(underWay(a.row)),
  name: () => 0,
  hall: (a, b) => byText(a.row.hall ?? "", b.row.hall ?? "") || byText(groupOf(a), groupOf(b)),
  state: (a, b) => STATES.indexOf(stateOf(a.row)) - STATES.indexOf(stateOf(b.row)),
  progress: (a, b) => share(a) - share(b),
  saved: (a, b) => (a.row.saved_at ?? 0) - (b.row.saved_at ?? 0),
  left: (a, b) => compared(until(a), until(b)),
  line: (a, b) =>
    lineRank(a) - lineRank(b) || (b.connection?.rtt_ms ?? 0) - (a.connection?.rtt_ms ?? 0),
  signals: (a, b) => (b.row.violations ?? 0) - (a.row.violations ?? 0),
  hand: (a, b) => Number(b.row.hand ?? false) - Number(a.row.hand ?? false),
};

/** The attempts to show, in order. */
export function arranged(seats: Iterable<Seat>, view: View): string[] {
  const shown: Seat[] = [];
  const wanted = view.search.toLowerCase().split(/\s+/).filter(Boolean);
  for (const seat of seats) if (shows(seat, view, wanted)) shown.push(seat);
  return shown.sort(comparing(view.sort)).map((seat) => seat.row.attempt);
}

/** The seats of the hall and group that are looked at: what the chips count. */
export function within(seats: Iterable<Seat>, view: View): Seat[] {
  return [...seats].filter((seat) => inPlace(seat, view));
}

/** An order of seats; ties go by name. */
export function comparing(sort: string): Compare {
  const down = sort.startsWith("-");
  const compare = COMPARES[(down ? sort.slice(1) : sort) as Field] ?? COMPARES.trouble;
  const turn = down ? -1 : 1;
  const byName = sort === "-name" ? -1 : 1;
  return (a, b) => turn * compare(a, b) || byName * (a.place - b.place);
}

function shows(seat: Seat, view: View, wanted: readonly string[]): boolean {
  if (!inPlace(seat, view)) return false;
  if (view.hideQuiet && seat.trouble.weight < NOTABLE) return false;
  return passes(seat, view.chips) && wanted.every((word) => seat.words.includes(word));
}

function inPlace(seat: Seat, view: View): boolean {
  if (view.hall && seat.row.hall !== view.hall) return false;
  return !view.group || seat.row.group === view.group;
}

/** Halls and groups there are, in order. */
export function placesOf(seats: Iterable<Seat>): { halls: string[]; groups: string[] } {
  const halls = new Set<string>();
  const groups = new Set<string>();
  for (const { row } of seats) {
    if (row.hall) halls.add(row.hall);
    if (row.group) groups.add(row.group);
  }
  return { halls: [...halls].sort(byText), groups: [...groups].sort(byText) };
}

const groupOf = (seat: Seat): string => seat.row.group ?? "";

function share({ row }: Seat): number {
  return row.total > 0 ? row.answered / row.total : 0;
}

/** A moment that orders by what is left: a clock that stands has it left from when it stopped. */
function until({ row }: Seat): number {
  if (row.deadline == null) return NEVER;
  return row.paused_since == null ? row.deadline : row.deadline + 1e13;
}

function compared(a: number, b: number): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

function lineRank(seat: Seat): number {
  if (!underWay(seat.row)) return LEVELS.length;
  const at = LEVELS.indexOf(seat.connection?.level ?? "away");
  return at < 0 ? 0 : at;
}
