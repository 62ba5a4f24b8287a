/** What a page sees of an exam that is watched, and what an examiner can do. */
import type { ReadonlySignal } from "@preact/signals-core";
import type {
  ActAck,
  Connection,
  Hand,
  NoticeReceipt,
  Row,
  Signal,
  Stats,
  Targets,
  TimelineAck,
} from "protocol";
import type { GetToken } from "./types";

/** `live`: every change is on the screen as it happens. `stale`: connected, but the picture has a
 * gap that is being closed. `offline`: no connection; the picture is as old as `fresh_at`.
 * `closed`: refused for `reason`; `retryNow` tries once more, with a fresh token say. */
export type MonitorState = "connecting" | "live" | "stale" | "offline" | "closed";

export interface MonitorConnection {
  state: MonitorState;
  /** The code of the problem that closed it or keeps it waiting; "" if there is none. */
  reason: string;
  /** That problem in words, or "". */
  detail: string;
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
  /** How many whole pictures were taken; 0: none yet. */
  snapshots: number;
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

/** `waiting`: not on its way; `tries` of 0: it never was, and can be withdrawn. `sent`: not
 * acknowledged, repeated until it is. `done`: see `done` and `not_done`. `refused`: see
 * `problem`. `withdrawn`: taken back before it left. */
export type ActState = "waiting" | "sent" | "done" | "refused" | "withdrawn";

export interface ActView {
  id: string;
  act: ActName;
  terms: ActTerms;
  /** Parts of one act on very many attempts share it. */
  group: string;
  /** When it was made, server time. */
  made_at: number;
  state: ActState;
  tries: number;
  /** In the server's database: nothing can undo it but another act. */
  durable: boolean;
  done: readonly string[];
  not_done: readonly { attempt: string; code: string; title: string; detail: string }[];
  problem: { code: string; title: string; detail: string } | null;
  /** Of a notice: how many it is for, and who has seen it, as far as this page heard. */
  meant_for: number;
  seen: readonly string[];
  /** False: this page was away meanwhile, so more may have seen it. */
  seen_sure: boolean;
}

export interface MonitorOptions {
  url: string | URL;
  exam: string;
  getToken: GetToken;
  client?: { name: string; version: string };
  /** Whose acts these are: kept in this tab under that name over a reload. "": not kept. */
  owner?: string;
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
   * (`code`, `title`, `detail`). It is repeated under the same id until then. `meantFor`: of a
   * notice to all, how many that is. `group`: the name that parts of one act share. */
  act(act: ActName, terms: ActTerms, more?: ActMore): Promise<ActAck>;
  /** Take back an act that never left; false if it did. */
  withdraw(id: string): boolean;
  /** Forget acts that are finished. */
  forgetFinished(): void;
  /** Facts of one attempt from `since` on, oldest first. Rejects with a problem. */
  timeline(attempt: string, since?: number, limit?: number): Promise<TimelineAck>;
  /** Put in signals and hands that were found in timelines. */
  recall(signals: readonly Signal[], hands: readonly Hand[]): void;
  retryNow(): void;
  close(): void;
}

export interface ActMore {
  meantFor?: number;
  group?: string;
}
