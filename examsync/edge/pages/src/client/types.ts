/** What a page sees of an attempt and can do with it. `openAttempt` makes one. */
import type { ReadonlySignal } from "@preact/signals-core";
import type { AttemptState, Notice, Order, Paper, ResponseValue, Violation } from "protocol";

/** `syncing`: connected, but the server has not told the attempt's state yet. `offline`: between
 * two tries; answers are kept here. `closed`: nothing more can be done here, see `reason`. */
export type ConnectionState = "idle" | "connecting" | "syncing" | "live" | "offline" | "closed";

export interface ConnectionView {
  state: ConnectionState;
  /** Why it is closed or has to wait: the code of a problem (`lease_lost`, `takeover_pending`,
   * `takeover_refused`, `forbidden`, `not_found`, `unauthorized`, `exam_over`, ...) or the state
   * of a closed attempt (`submitted`, `expired`, `terminated`, `absent`). "" if there is none. */
  reason: string;
  /** Tries since the server was last reached; 0 while live. */
  tries: number;
  /** When the next try comes, on this device's clock (`deviceNow()`); null if none is planned. */
  next_try_at: number | null;
  /** Since when the server is out of reach, on this device's clock; null while it is in reach. */
  away_since: number | null;
}

/**
 * Where the newest answer to an item is.
 *
 * `unsaved`: not even on this device yet (for milliseconds, or because its disk takes nothing).
 * `device`: on this device, not acknowledged. `saved`: acknowledged by the server. `durable`: in
 * the server's database too. `refused`: the server will not take it, see `refused` for the reason.
 * An item that was never answered has none.
 */
export type SaveState = "unsaved" | "device" | "saved" | "durable" | "refused";

export interface Answered {
  response: ResponseValue;
  flag: boolean;
}

/** Something the server will never take; shown, never dropped silently. */
export interface RefusedEntry {
  /** `answer`, `submit`, `violation`, ... */
  event: string;
  /** Of an answer. */
  item: string | null;
  response: ResponseValue;
  code: string;
  detail: string;
}

/** The attempt as it is known here. A new object at every change; times are the server's. */
export interface AttemptView {
  connection: ConnectionView;
  /** `memory`: this browser keeps nothing (private window, full disk): say so, since a reload
   * then loses what is not saved. */
  storage: "disk" | "memory";
  /** `other`: another tab of this browser has the attempt open; this one shows and sends nothing
   * until that one is closed, or until `takeBack()`. `unsure`: this browser cannot tell. */
  writer: "this" | "other" | "unsure";

  /** Whether the server has told the attempt's state at least once (now or before a reload). */
  known: boolean;
  attempt: string;
  exam: string;
  title: string;
  state: AttemptState;
  /** Whether answers are taken now, online or not. */
  writable: boolean;
  opens_at: number;
  started_at: number | null;
  /** While the clock stands: as it was when it was stopped, so that `deadline - paused_since` is
   * the time that is left. */
  deadline: number | null;
  /** Told when more time was granted, null before: how much time the attempt has from its start on,
   * and until when it can be started. */
  time_ms: number | null;
  start_until: number | null;
  /** Since when the clock stands, by a pause of this attempt or of its exam, started or not. */
  paused_since: number | null;
  closed_at: number | null;
  /** Null before the start. */
  paper: Paper | null;
  order: Order | null;

  /** By item, what the candidate last meant. Cleared ones have the response null. */
  responses: Readonly<Record<string, Answered>>;
  saves: Readonly<Record<string, SaveState>>;
  /** What was sent or is to be sent and is not acknowledged: answers and all else. */
  waiting: number;
  /** Answers among them. */
  waiting_answers: number;
  /** What is acknowledged and still kept here until it is durable. */
  resting: number;
  /** The last time an answer was written to this device, on its own clock; null if none was. */
  saved_on_device_at: number | null;
  /** The server's time when it last saved an answer from here; null if it has not. */
  saved_on_server_at: number | null;

  /** Not acknowledged yet, oldest first. */
  notices: readonly Notice[];
  hand: boolean;
  refused: readonly RefusedEntry[];
  /** Another device writes this attempt; `takeBack()` asks for it on purpose. */
  lease_lost: boolean;
  /** An examiner has to approve this device; it asks again by itself. */
  takeover_pending: boolean;
  /** `submit()` was called and is not acknowledged yet. */
  submitting: boolean;
  /** The server's receipt for the submit, to be shown and kept; null if there is none here. */
  receipt: string | null;
  /** The server has said that results can be seen. */
  results_released: boolean;
}

/** A token and when it ends (ms since 1970 UTC). */
export interface Token {
  token: string;
  expires_at: number;
}

/** Asked before every connection, and with `anew` shortly before the token ends or after the
 * server has refused it. May reject with a problem (`code`, `retry`): without retry it is final. */
export type GetToken = (anew: boolean) => Promise<Token>;

export interface AttemptOptions {
  /** Where the server is: the kit's `BASE`, or `https://exams.example/`. */
  url: string | URL;
  exam: string;
  /** The candidate's id (`subject` of the session): what is kept on disk is kept by it. */
  candidate: string;
  getToken: GetToken;
  /** Shown to examiners beside the connection. */
  client?: { name: string; version: string };
}

export type ViolationKind = Violation["kind"];

/** One attempt on this device. It connects by itself until it is closed. */
export interface Attempt {
  readonly view: ReadonlySignal<AttemptView>;
  /** The server's time now; for countdowns only. */
  serverNow(): number;
  /** The clock that `next_try_at` and `away_since` are on. */
  deviceNow(): number;
  /** Start the clock; the paper comes with the acknowledgement. */
  start(): void;
  /** Answer an item, or clear it with null; online or not. Raises NotTaken. */
  answer(
    item: string,
    response: ResponseValue,
    more?: { flag?: boolean; spentMs?: number },
  ): void;
  /** Report a signal. */
  violation(kind: ViolationKind, detail?: string): void;
  /** Hand in: all answers go first, none is taken afterwards. Raises NotTaken. */
  submit(): void;
  raiseHand(raised: boolean, text?: string): void;
  /** The candidate has seen a notice. */
  acknowledge(notice: string): void;
  /** Try to reach the server now rather than at `next_try_at`. */
  retryNow(): void;
  /** The candidate wants to go on here although another device, or another tab, has the attempt. */
  takeBack(): void;
  /** Let go: of the connection, the lock, the disk. What is kept on disk stays. */
  close(): Promise<void>;
}

/** What was just done was NOT taken: tell the candidate. */
export class NotTaken extends Error {
  override readonly name = "NotTaken";
  constructor(
    /** `not_writable`: not started, closed, submitted, or another device or tab has it.
     * `full`: nothing more can be kept here. */
    readonly reason: "not_writable" | "full",
    detail: string,
  ) {
    super(detail);
  }
}
