/** What this client knows of its attempt (pure): what a page shows, and keeps over a reload. Never
 * decides a save. Times are the server's, in ms since 1970 UTC. */
import type {
  AnswerAck,
  AttemptState,
  HeartbeatAck,
  HeldResponse,
  Joined,
  Notice,
  Order,
  Paper,
  ResponseValue,
  Rev,
  StartedAck,
} from "protocol";
import { type Entry, SUBMIT, type Version, compare, versionOf } from "./entry";
import type { News } from "./news";
import { CLOSED_STATES } from "./exchange";
import { type Acked, counts } from "./replies";

export interface Seen {
  known: boolean;
  attempt: string;
  title: string;
  state: AttemptState;
  opens_at: number;
  started_at: number | null;
  deadline: number | null;
  /** As told last since it has been granted more; null while nothing was. */
  time_ms: number | null;
  start_until: number | null;
  paused_since: number | null;
  closed_at: number | null;
  heartbeat_period_s: number;
  paper: Paper | null;
  order: Order | null;
  /** What the server holds, by item, as far as it is known here; `held_rev`: of the last join. */
  held: Record<string, Pick<HeldResponse, "response" | "lease" | "seq" | "flag">>;
  held_rev: Rev;
  notices: Record<string, Notice>;
  hand: boolean;
  saved_at: number | null;
  receipt: string | null;
  results: boolean;
}

export function nothingSeen(): Seen {
  return {
    known: false,
    attempt: "",
    title: "",
    state: "not_started",
    opens_at: 0,
    started_at: null,
    deadline: null,
    time_ms: null,
    start_until: null,
    paused_since: null,
    closed_at: null,
    heartbeat_period_s: 10,
    paper: null,
    order: null,
    held: {},
    held_rev: [0, 0],
    notices: {},
    hand: false,
    saved_at: null,
    receipt: null,
    results: false,
  };
}

export function isClosed(seen: Seen): boolean {
  return CLOSED_STATES.includes(seen.state);
}

/** What an ack says of the attempt. `entry`: what it is over, if that is still here. */
export function acked(seen: Seen, reply: Acked, event: string, entry: Entry | null): void {
  if (reply.kind === "joined") joined(seen, reply.ack);
  else if (reply.kind === "started") started(seen, reply.ack);
  else if (reply.kind === "beat") beat(seen, reply.ack);
  else if (reply.kind === "answered") {
    if (entry) answered(seen, entry, reply.ack);
  } else if (event === SUBMIT) {
    seen.receipt = reply.ack.receipt;
    seen.state = "submitted"; // also for whoever reloads before the next join
  } else if (event === "acknowledge" && entry) {
    delete seen.notices[String(entry.body["notice"])];
  }
}

/** Take the whole view that a join brings. */
function joined(seen: Seen, ack: Joined): void {
  seen.known = true;
  seen.attempt = ack.attempt;
  seen.title = ack.title;
  seen.state = ack.state;
  seen.opens_at = ack.times.opens_at;
  seen.started_at = ack.times.started_at ?? seen.started_at;
  seen.paused_since = ack.times.paused_since ?? null;
  if (seen.state === "in_progress" && seen.paused_since !== null) seen.state = "paused"; // its exam
  seen.deadline = standing(seen, ack.times.deadline, ack.times.server_time);
  seen.closed_at = ack.times.closed_at ?? null;
  seen.heartbeat_period_s = ack.heartbeat_period_s;
  seen.paper = ack.paper ?? seen.paper;
  seen.order = ack.order ?? seen.order;
  seen.held = { ...ack.responses };
  seen.held_rev = ack.rev;
  seen.notices = Object.fromEntries(ack.notices.map((notice) => [notice.id, notice]));
  seen.hand = ack.hand ?? false;
}

/** The clock runs, and the paper is here. A replayed start may find it paused, or closed. */
function started(seen: Seen, ack: StartedAck): void {
  seen.started_at = ack.started_at;
  if (seen.state === "not_started") seen.state = seen.paused_since ? "paused" : "in_progress";
  seen.deadline = ack.deadline;
  seen.paper = ack.paper;
  seen.order = ack.order;
}

/** A heartbeat was answered. */
function beat(seen: Seen, ack: HeartbeatAck): void {
  seen.deadline = standing(seen, ack.deadline, ack.server_time) ?? seen.deadline;
}

type Told = number | null | undefined;

/** The deadline as it was when the clock was stopped. Told while it stands, it has moved on with
 * the time of telling; what is left of the time has not. */
function standing(seen: Seen, told: Told, at: number): number | null {
  if (told == null || seen.paused_since === null) return told ?? null;
  return told - (at - seen.paused_since);
}

/** The state of an attempt whose clock may run. */
function going(seen: Seen): AttemptState {
  return seen.started_at === null ? "not_started" : "in_progress";
}

/** An answer was acked: it stands, unless the ack says it does not count. */
function answered(seen: Seen, entry: Entry, ack: AnswerAck): void {
  seen.saved_at = Math.max(seen.saved_at ?? 0, ack.saved_at);
  const item = String(entry.body["item"]);
  const before = seen.held[item];
  const standing: Version = before ? [before.lease, before.seq] : ["", 0];
  if (!counts(ack) || compare(versionOf(entry), standing) < 0) return;
  const response = entry.body["response"] as ResponseValue;
  const flag = entry.body["flag"] === true;
  seen.held[item] = { response, flag, lease: entry.lease, seq: entry.seq };
}

/** Take an event from the server; those that say nothing of the attempt are ignored. */
export function heard(seen: Seen, news: News): void {
  switch (news.event) {
    case "time_changed":
      seen.deadline = news.body.deadline;
      seen.time_ms = news.body.time_ms ?? null;
      seen.start_until = news.body.start_until ?? null;
      break;
    case "paused":
      if (seen.started_at !== null) seen.state = "paused";
      seen.paused_since ??= news.body.since; // alone, and then with its exam
      break;
    case "resumed":
    case "reopened":
      seen.state = going(seen);
      seen.deadline = news.body.deadline;
      seen.paused_since = seen.closed_at = null;
      break;
    case "closed":
      seen.state = news.body.state;
      seen.closed_at = news.body.closed_at;
      break;
    case "notice":
      seen.notices[news.body.id] = news.body;
      break;
    case "hand":
      seen.hand = news.body.raised;
      break;
    case "results":
      seen.results = true;
      break;
    default:
  }
}
