/** What a page sees of an exam that is watched, and what an examiner can do. */
import type { ReadonlySignal } from "@preact/signals-core";
import type {
  ActAck,
  Connection,
  Hand,
  NotDone,
  NoticeReceipt,
  Row,
  Signal,
  Stats,
  Targets,
  TimelineAck,
} from "protocol";
import type { GetToken } from "./types";

/** `live`: every change is on the screen as it happens. `stale`: connected, but the picture has a
 * gap that is being closed. `offline`: no connection; the picture is as old as `fresh_at`. */
export type MonitorState = "connecting" | "live" | "stale" | "offline" | "closed";

export interface MonitorConnection {
  state: MonitorState;
  /** The code of the problem that closed it or keeps it waiting; "" if there is none. */
  reason: string;
  tries: number;
  next_try_at: number | null;
  /** When anything was last heard from the server, on this device's clock; null if never. */
  fresh_at: number | null;
}

/** One exam as it is watched. Maps are by attempt and are new objects at every change. */
export interface ExamBoard {
  exam: string;
  title: string;
  rows: ReadonlyMap<string, Row>;
  connections: ReadonlyMap<string, Connection>;
  stats: Stats | null;
  /** Signals, oldest first, at most 1,000: the timeline of an attempt has all. */
  signals: readonly Signal[];
  hands: readonly Hand[];
  receipts: readonly NoticeReceipt[];
}

export type ActName =
  | "extend"
  | "pause"
  | "resume"
  | "terminate"
  | "submit_for"
  | "reopen"
  | "approve_takeover"
  | "announce"
  | "message"
  | "resolve";

/** What an act needs besides its id and exam. */
export interface ActTerms {
  attempts?: Targets;
  reason?: string;
  extra_ms?: number;
  text?: string;
}

/** `sent`: not acknowledged, repeated until it is. `done`: see `ack`. `refused`: see `problem`. */
export interface ActView {
  id: string;
  act: ActName;
  terms: ActTerms;
  state: "sent" | "done" | "refused";
  durable: boolean;
  ack: ActAck | null;
  not_done: readonly NotDone[];
  problem: { code: string; title: string; detail: string } | null;
}

export interface MonitorOptions {
  url: string | URL;
  exam: string;
  getToken: GetToken;
  client?: { name: string; version: string };
}

/** One watched exam. It connects by itself until it is closed. */
export interface ExamMonitor {
  readonly connection: ReadonlySignal<MonitorConnection>;
  readonly board: ReadonlySignal<ExamBoard>;
  /** The acts of this page, newest last; at most 200. */
  readonly acts: ReadonlySignal<readonly ActView[]>;
  serverNow(): number;
  deviceNow(): number;
  /** Act; resolves with the ack once it is known what was done, rejects with the problem
   * (`code`, `title`, `detail`). It is repeated under the same id until then. */
  act(act: ActName, terms: ActTerms): Promise<ActAck>;
  /** Facts of one attempt from `since` on, oldest first. Rejects with a problem. */
  timeline(attempt: string, since?: number, limit?: number): Promise<TimelineAck>;
  retryNow(): void;
  close(): void;
}
