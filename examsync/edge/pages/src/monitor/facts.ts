/** What a fact of a timeline says, in words for people (pure). */
import type { Fact } from "protocol";
import { duration } from "../kit";
import { F } from "./factwords";

export type Tone = "plain" | "good" | "warn" | "bad" | "act" | "hand";

export interface Told {
  text: string;
  /** The reason, the text, the detail: what somebody wrote. */
  quote: string;
  tone: Tone;
  /** The device's own clock, where a fact has it. */
  device_at: number | null;
}

type Kind = Fact["body"]["kind"];
type BodyOf<K extends Kind> = Extract<Fact["body"], { kind: K }>;
type Teller<K extends Kind> = (body: BodyOf<K>, fact: Fact) => Partial<Told> & { text: string };

const TELLERS: { [K in Kind]: Teller<K> } = {
  lease_granted: (_, fact) => ({ text: fact.n <= 1 ? F.seated : F.leased }),
  takeover_requested: () => ({ text: F.takeoverAsked, tone: "warn" }),
  takeover_approved: (body) => ({ text: F.takeoverApproved, quote: body.reason, tone: "act" }),
  started: () => ({ text: F.started, tone: "good" }),
  answer_saved: (body) => ({
    text: body.response === null ? F.cleared(body.item) : F.saved(body.item),
    quote: F.marks(body.late === true, body.replayed === true, body.flag === true),
    tone: body.late ? "warn" : "plain",
  }),
  answer_kept: (body) => ({ text: F.kept(body.item), quote: F.keptWhy(body.why), tone: "warn" }),
  violation_reported: (body) => ({
    text: F.signal(body.signal),
    quote: body.detail,
    tone: "warn",
    device_at: body.client_at,
  }),
  hand_raised: (body) => ({
    text: body.raised ? F.handUp : F.handDown,
    quote: body.text,
    tone: "hand",
  }),
  notice_sent: (body) => ({ text: F.noticeSent, quote: body.text, tone: "act" }),
  notice_acknowledged: () => ({ text: F.noticeSeen }),
  submitted: (body, fact) => ({
    text: mine(fact) ? F.submitted : F.submittedFor,
    quote: body.reason ?? "",
    tone: mine(fact) ? "good" : "act",
  }),
  expired: (body) => ({ text: body.unresumed ? F.expiredPaused : F.expired, tone: "warn" }),
  absent: () => ({ text: F.absent, tone: "warn" }),
  terminated: (body) => ({ text: F.terminated, quote: body.reason, tone: "bad" }),
  paused: (body) => ({ text: F.paused, quote: body.reason, tone: "act" }),
  resumed: (body) => ({ text: F.resumed, quote: body.reason, tone: "act" }),
  extended: (body) => ({
    text: F.extended(duration(body.extra_ms)),
    quote: body.reason,
    tone: "act",
  }),
  reopened: (body) => ({
    text: body.extra_ms ? F.reopenedMore(duration(body.extra_ms)) : F.reopened,
    quote: body.reason,
    tone: "act",
  }),
  command_recorded: (body) => ({ text: F.recorded(body.command) }),
  erased: (body) => ({ text: F.erased, quote: body.reason, tone: "act" }),
  blanked: (body) => ({ text: F.blanked(body.was) }),
};

/** A fact in words. One of a kind this page does not know yet is named as it is. */
export function tell(fact: Fact): Told {
  const teller = TELLERS[fact.body.kind] as Teller<Kind> | undefined;
  const said = teller?.(fact.body as never, fact) ?? { text: F.unknown(fact.body.kind) };
  return { quote: "", tone: "plain", device_at: null, ...said };
}

/** Who is behind a fact: `examiner:anna` is Anna's login, a bare name a candidate's. */
export function who(fact: Fact, candidate: string): string {
  const [role, name] = fact.by.includes(":") ? cut(fact.by) : ["", fact.by];
  if (role === "examiner" || role === "admin") return F.by(role, name);
  if (fact.by === "system" || fact.by === "") return F.server;
  return name === candidate || role === "candidate" ? F.candidate : fact.by;
}

function mine(fact: Fact): boolean {
  return !/^(examiner|admin):/.test(fact.by) && fact.by !== "system";
}

function cut(by: string): [string, string] {
  const at = by.indexOf(":");
  return [by.slice(0, at), by.slice(at + 1)];
}

/** One line of a timeline: a fact, or a run of answers told as one. */
export interface Line {
  key: string;
  at: number;
  until: number;
  fact: Fact;
  /** More than one when answers are gathered; the newest first. */
  facts: Fact[];
}

/** Facts, the newest first; runs of answers saved become one line each. */
export function lines(facts: readonly Fact[], gather: boolean): Line[] {
  const found: Line[] = [];
  for (let at = facts.length - 1; at >= 0; at--) {
    const fact = facts[at] as Fact;
    const last = found[found.length - 1];
    if (gather && last && plainAnswer(fact) && plainAnswer(last.fact)) {
      last.facts.push(fact);
      last.at = fact.at;
    } else found.push({ key: keyOf(fact), at: fact.at, until: fact.at, fact, facts: [fact] });
  }
  return found;
}

export function keyOf(fact: Fact): string {
  return `${fact.epoch}.${fact.n}`;
}

function plainAnswer({ body }: Fact): boolean {
  return body.kind === "answer_saved" && body.late !== true;
}
