/** Rows as the table shows them: a row, its connection, its trouble, its place by name (pure).

 Kept up by `refresh`: only what changed is computed again, so that thousands stay cheap. */
import type { AttemptState, Connection, Row } from "protocol";
import type { ExamBoard } from "../client/monitor";
import { type Around, type Trouble, trouble } from "./trouble";

export interface Seat {
  row: Row;
  connection: Connection | undefined;
  trouble: Trouble;
  /** Its rank by name; ties of every order end here, so each order is total. */
  place: number;
  /** What the search looks in, in lower case. */
  words: string;
}

export type Seats = Map<string, Seat>;

const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });
export const byText = (a: string, b: string): number => collator.compare(a, b);

/** Bring the seats up to the board; a row that did not change keeps its seat, unless `aged`: time
 * has passed, so all troubles are looked at again. Returns whether anything differs. */
export function refresh(seats: Seats, board: ExamBoard, around: Around, aged: boolean): boolean {
  let [differs, renamed] = [false, false];
  for (const [id, row] of board.rows) {
    const before = seats.get(id);
    const connection = board.connections.get(id);
    const same = before !== undefined && before.row === row && before.connection === connection;
    if (same && !aged) continue;
    const seat = seatOf(row, connection, around, before);
    if (seat === before) continue;
    differs = true;
    renamed ||= before === undefined || before.row.name !== row.name;
    seats.set(id, seat);
  }
  for (const id of seats.size > board.rows.size ? [...seats.keys()] : []) {
    if (!board.rows.has(id)) differs = seats.delete(id);
  }
  if (renamed) rank(seats);
  return differs;
}

function seatOf(
  row: Row,
  connection: Connection | undefined,
  around: Around,
  before: Seat | undefined,
): Seat {
  const found = trouble(row, connection, around);
  if (before && before.row === row && before.connection === connection) {
    if (sameTrouble(before.trouble, found)) return before;
  }
  const words = before && before.row.name === row.name ? before.words : wordsOf(row);
  return { row, connection, trouble: found, place: before?.place ?? 0, words };
}

function sameTrouble(a: Trouble, b: Trouble): boolean {
  if (a.weight !== b.weight || a.sum !== b.sum || a.reasons.length !== b.reasons.length) {
    return false;
  }
  return a.reasons.every((reason, at) => reason.text === b.reasons[at]?.text);
}

function wordsOf(row: Row): string {
  return `${row.name}\n${row.candidate}\n${row.hall ?? ""}\n${row.group ?? ""}`.toLowerCase();
}

function rank(seats: Seats): void {
  const order = [...seats.values()].sort(
    (a, b) =>
      byText(a.row.name || a.row.candidate, b.row.name || b.row.candidate) ||
      byText(a.row.candidate, b.row.candidate),
  );
  order.forEach((seat, place) => {
    if (seat.place !== place) seats.set(seat.row.attempt, { ...seat, place });
  });
}

/** The state as it is shown: while the whole exam stands, who works in it is paused too, though
 * the pause is the exam's and not the attempt's. */
export function stateOf(row: Row): AttemptState {
  return standsWithExam(row) ? "paused" : row.state;
}

/** Whether the clock stands because that of the whole exam does. */
export function standsWithExam(row: Row): boolean {
  return row.state === "in_progress" && row.paused_since != null;
}

/** What to call somebody. */
export function nameOf(row: Row | undefined, attempt: string): string {
  return row === undefined ? attempt : row.name || row.candidate;
}
