/** What a reply means (pure): an ack of a known shape, a problem, or nothing one may rely on. */
import type { AnswerAck, CommandAck, HeartbeatAck, Joined, StartedAck } from "protocol";
import { JOIN } from "./entry";

/** A problem as it is read: a code this client does not know yet is no reason to fail. */
export interface Trouble {
  code: string;
  retry: boolean;
  title: string;
  detail: string;
  retry_after_ms: number | null;
  data: Record<string, string[]>;
}

/** An ack by the event it answers; or a problem; or null: not acked, whatever it was. */
export type Acked =
  | { kind: "joined"; ack: Joined }
  | { kind: "started"; ack: StartedAck }
  | { kind: "answered"; ack: AnswerAck }
  | { kind: "done"; ack: CommandAck }
  | { kind: "beat"; ack: HeartbeatAck };
export type Reply = Acked | { kind: "trouble"; trouble: Trouble } | null;

type Json = Record<string, unknown>;
type Check = (value: unknown) => boolean;

const isText: Check = (value) => typeof value === "string";
const isNumber: Check = (value) => typeof value === "number" && Number.isFinite(value);
const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isPair: Check = (value) =>
  Array.isArray(value) && value.length === 2 && value.every((each) => isNumber(each));

const COMMAND = { rev: isPair, receipt: isText };
/** What an ack must have to be one; what else is in it may be missing. */
const SHAPES: Record<string, Record<string, Check>> = {
  join: {
    attempt: isText,
    state: isText,
    rev: isPair,
    durable: isPair,
    lease: isText,
    seq: isNumber,
    times: isObject,
    heartbeat_period_s: isNumber,
    responses: isObject,
    notices: Array.isArray,
  },
  start: { ...COMMAND, started_at: isNumber, deadline: isNumber, paper: isObject, order: isObject },
  answer: { ...COMMAND, seq: isNumber, saved_at: isNumber },
  heartbeat: { server_time: isNumber, rev: isPair, durable: isPair },
};
const KINDS: Record<string, Acked["kind"]> = {
  join: "joined",
  start: "started",
  answer: "answered",
  heartbeat: "beat",
};

/** One reply to one event. An empty ack, `[]`, an ack without `ok` or with fields missing counts
 * as no ack at all: some servers and libraries send one when a handler has failed. */
export function read(event: string, reply: unknown): Reply {
  if (!isObject(reply)) return null;
  if (reply["ok"] === false) {
    const trouble = readTrouble(reply["problem"]);
    return trouble && { kind: "trouble", trouble };
  }
  if (reply["ok"] !== true || !hasShape(reply, SHAPES[event] ?? COMMAND)) return null;
  return { kind: KINDS[event] ?? "done", ack: reply } as unknown as Acked;
}

/** The reply to a list of answers: one reply per entry, or one problem for all, or null. */
export function readList(reply: unknown, entries: number): Reply[] | Trouble | null {
  if (!isObject(reply)) return null;
  if (reply["ok"] === false) return readTrouble(reply["problem"]);
  const results = reply["results"];
  if (reply["ok"] !== true || !Array.isArray(results) || results.length !== entries) return null;
  return results.map((result) => read("answer", result));
}

/** A problem, or null for what is none. */
export function readTrouble(value: unknown): Trouble | null {
  if (!isObject(value) || !isText(value["code"]) || typeof value["retry"] !== "boolean") {
    return null;
  }
  const { title, detail, retry_after_ms, data } = value;
  return {
    code: value["code"] as string,
    retry: value["retry"],
    title: typeof title === "string" ? title : "",
    detail: typeof detail === "string" ? detail : "",
    retry_after_ms: typeof retry_after_ms === "number" ? retry_after_ms : null,
    data: isObject(data) ? (data as Record<string, string[]>) : {},
  };
}

/** Whether it is this answer that stands for its item now. */
export function counts(ack: AnswerAck): boolean {
  return ack.counted !== false && ack.superseded !== true;
}

/** Whether an object has these fields, each of its type. */
export function hasShape(value: unknown, shape: Record<string, Check>): boolean {
  return isObject(value) && Object.entries(shape).every(([name, is]) => is(value[name]));
}

/** What to do about a problem. `rejoin`: the server does not know us, our lease or our start,
 * perhaps because it has lost it: join again, then repeat; if another device has the attempt, that
 * join will be refused. */
export type Verdict = "retry" | "rejoin" | "restamp" | "reconnect" | "final";

/** What to do about this problem with this event. `replay`: it was sent with its receipt.
 * `started`: this client has seen the attempt started. */
export function verdict(
  trouble: Trouble,
  event: string,
  { replay, started }: { replay: boolean; started: boolean },
): Verdict {
  const { code } = trouble;
  if ((code === "not_joined" || code === "lease_lost") && event !== JOIN) return "rejoin";
  if (code === "not_started" && started) return "rejoin";
  if (code === "seq_reused" || (code === "bad_receipt" && replay)) return "restamp";
  if (code === "token_expired") return "reconnect";
  return trouble.retry ? "retry" : "final";
}
