/** An exam as this client holds it: snapshot + deltas = fresh snapshot (pure; no DOM, no clock).

 The same rules as `examsync/monitor/delta.py`, but a snapshot is gathered aside: what is on the
 screen stays until the new one is whole. `monitor` hands in the events. */
import type {
  Connection,
  Hand,
  Hands,
  NoticeReceipt,
  Progress,
  Receipts,
  Roster,
  Row,
  Signal,
  Stats,
  Violations,
} from "protocol";

/** Signals, hands and receipts that are kept, of each kind; the timeline has all. */
export const HAPPENED_MAX = 1_000;

/** `gap`: something before it is missing, watch again. `ignored`: not of this exam's feed. */
export type Outcome = "taken" | "gap" | "ignored";

interface Arriving {
  version: string;
  part: number;
  rows: Map<string, Row>;
  connections: Map<string, Connection>;
}

export interface Board {
  exam: string;
  /** Null until a snapshot was whole. */
  version: string | null;
  /** New objects at every change. */
  rows: Map<string, Row>;
  connections: Map<string, Connection>;
  stats: Stats | null;
  signals: readonly Signal[];
  hands: readonly Hand[];
  receipts: readonly NoticeReceipt[];
  arriving: Arriving | null;
  /** How many snapshots were put in place: what happened between two of them may be missed. */
  snapshots: number;
}

export interface FeedEvents {
  roster: Roster;
  progress: Progress;
  violation: Violations;
  hand: Hands;
  receipts: Receipts;
  stats: Stats;
}

export function emptyBoard(exam: string): Board {
  return {
    exam,
    version: null,
    rows: new Map(),
    connections: new Map(),
    stats: null,
    signals: [],
    hands: [],
    receipts: [],
    arriving: null,
    snapshots: 0,
  };
}

/** Merge an event into the board. */
export function take<E extends keyof FeedEvents>(
  board: Board,
  event: E,
  body: FeedEvents[E],
): Outcome {
  if (body.exam !== board.exam) return "ignored";
  if (event === "stats") {
    board.stats = body as Stats;
    return "taken";
  }
  const delta = body as Roster;
  if (event === "roster" && (delta.prior ?? null) === null) return takePart(board, delta);
  if (board.version === null || delta.prior !== board.version) return "gap";
  const happen = HAPPENS[event];
  if (happen) happen(board, body as never);
  else merge(board, delta);
  board.version = delta.version;
  return "taken";
}

const HAPPENS: Partial<Record<keyof FeedEvents, (board: Board, body: never) => void>> = {
  violation: (board, body: Violations) => {
    board.signals = noted(board.signals, body.violations);
  },
  hand: (board, body: Hands) => {
    board.hands = noted(board.hands, body.hands);
  },
  receipts: (board, body: Receipts) => {
    board.receipts = noted(board.receipts, body.receipts);
  },
};

/** One chunk of a snapshot; the last one takes the place of all that was there. */
function takePart(board: Board, roster: Roster): Outcome {
  const [part, parts] = [roster.part ?? 1, roster.parts ?? 1];
  if (part === 1) {
    board.arriving = { version: roster.version, part: 0, rows: new Map(), connections: new Map() };
  }
  const coming = board.arriving;
  if (coming === null || coming.version !== roster.version || coming.part !== part - 1) {
    board.arriving = null;
    board.version = null;
    return "gap";
  }
  coming.part = part;
  board.version = null;
  for (const row of roster.rows ?? []) keepRow(coming.rows, row);
  for (const each of roster.connections ?? []) keepConnection(coming.connections, each);
  if (part === parts) install(board, coming);
  return "taken";
}

function install(board: Board, whole: Arriving): void {
  board.rows = whole.rows;
  board.connections = whole.connections;
  board.version = whole.version;
  board.arriving = null;
  board.snapshots += 1;
}

/** Who is gone (off the roll, or in a hall that is not watched) goes first; the rest is later. */
function merge(board: Board, { rows = [], connections = [], gone = [] }: Roster): void {
  if (rows.length + gone.length > 0) board.rows = new Map(board.rows);
  if (connections.length + gone.length > 0) board.connections = new Map(board.connections);
  for (const attempt of gone) {
    board.rows.delete(attempt);
    board.connections.delete(attempt);
  }
  for (const row of rows) keepRow(board.rows, row);
  for (const each of connections) keepConnection(board.connections, each);
}

/** The newer wins, and so does the later of equals: the exam can move a deadline without a fact
 * of the attempt. */
function keepRow(rows: Map<string, Row>, row: Row): void {
  const held = rows.get(row.attempt);
  if (held === undefined || !after(held.rev, row.rev)) rows.set(row.attempt, row);
}

function keepConnection(all: Map<string, Connection>, connection: Connection): void {
  const held = all.get(connection.attempt);
  if (held === undefined || !after(held.stamp, connection.stamp)) {
    all.set(connection.attempt, connection);
  }
}

/** Whether pair `a` is later than `b`: an (epoch, n), or a (stamp, report). */
export function after(a: readonly [number, number], b: readonly [number, number]): boolean {
  return a[0] !== b[0] ? a[0] > b[0] : a[1] > b[1];
}

/** Note what happened, once: a process that got no reply tells it again. */
function noted<T extends object>(held: readonly T[], news: readonly T[]): readonly T[] {
  const fresh = news.filter((each) => !held.some((one) => same(one, each)));
  return fresh.length > 0 ? [...held, ...fresh].slice(-HAPPENED_MAX) : held;
}

function same(a: object, b: object): boolean {
  const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>];
  const names = new Set([...Object.keys(left), ...Object.keys(right)]);
  return [...names].every((name) => left[name] === right[name]);
}

/** Put in what was found elsewhere (a timeline), in its place by time. */
export function recall(board: Board, signals: readonly Signal[], hands: readonly Hand[]): void {
  const byTime = (a: { at: number }, b: { at: number }): number => a.at - b.at;
  board.signals = [...noted(board.signals, signals)].sort(byTime);
  board.hands = [...noted(board.hands, hands)].sort(byTime);
}
