/** Acts on their way: each keeps its id and is repeated until the server has answered (pure).

 One goes at a time, in the order of making, so that "pause" and "resume" cannot overtake each
 other. What was never sent can be withdrawn; what was sent and not answered may have been done,
 so it is asked again. An act that was answered is not over before it is durable: `confirming`
 repeats it, with its receipts, for those it was done to and for nobody else. */
import type { ActAck, NotDone, Problem } from "protocol";
import type { ActName, ActTerms, ActView } from "./monitor-types";

/** An act as it is kept; `ActView` is what pages need of it. */
export interface Errand extends ActView {
  /** Local time before which it is not sent again. */
  not_before: number;
  /** What its ack gave, by attempt, until it is durable. */
  receipts: Record<string, string>;
}

export interface NewAct {
  id: string;
  act: ActName;
  terms: ActTerms;
  made_at: number;
  group?: string;
  meantFor?: number;
}

/** Acts that are kept; the timelines have all. */
export const ACTS_MAX = 200;
const AGAIN_MS = [500, 1_000, 2_000, 5_000, 10_000];
/** The flusher takes 2 s; a repeat before that only asks too early. */
export const CONFIRM_AFTER_MS = 2_500;
const CONFIRM_AGAIN_MS = 10_000;

export function errand(made: NewAct): Errand {
  const { id, act, terms, made_at, group = id, meantFor = 0 } = made;
  return {
    ...{ id, act, terms, made_at, group },
    ...{ state: "waiting", tries: 0, not_before: 0 },
    ...{ done: [], not_done: [], durable: false, receipts: {}, problem: null },
    ...{ meant_for: meantFor, seen: [], seen_sure: true },
  };
}

/** Add one, and let go of the oldest that are over. */
export function added(errands: readonly Errand[], one: Errand): Errand[] {
  const all = [...errands, one];
  while (all.length > ACTS_MAX) {
    const at = all.findIndex(isOver);
    if (at < 0) break;
    all.splice(at, 1);
  }
  return all;
}

/** The one to send now, if any. `now` is local. */
export function next(errands: readonly Errand[], now: number): Errand | null {
  const first = errands.find(({ state }) => state === "waiting" || state === "sent");
  return first?.state === "waiting" && first.not_before <= now ? first : null;
}

/** The one to confirm now, if any: done, not durable. */
export function confirming(errands: readonly Errand[], now: number): Errand | null {
  const due = (each: Errand): boolean =>
    each.state === "done" && !each.durable && each.not_before <= now;
  return errands.find(due) ?? null;
}

/** The event's body. Receipts prove, in a replay, what was acked already. */
export function bodyOf(exam: string, each: Errand, replay = false): Record<string, unknown> {
  const { id, act, terms, done, receipts } = each;
  if (act === "announce") return { id, exam, text: terms.text ?? "" };
  const body = { id, exam, ...terms };
  if (!replay || terms.attempts === "all") return body;
  return { ...body, attempts: done, receipts };
}

export function sending(each: Errand): Errand {
  return { ...each, state: "sent", tries: each.tries + 1 };
}

/** No answer, or one that says "later": it may have been done, so it goes again. */
export function unanswered(each: Errand, now: number, afterMs?: number | null): Errand {
  if (each.state !== "sent") return each;
  const wait = AGAIN_MS[Math.min(each.tries, AGAIN_MS.length) - 1] ?? 500;
  return { ...each, state: "waiting", not_before: now + (afterMs ?? wait) };
}

export function answered(each: Errand, ack: ActAck, now: number): Errand {
  const durable = ack.durable === true || ack.done.length === 0;
  const named = each.terms.attempts !== "all" && each.act !== "announce";
  return {
    ...each,
    state: "done",
    done: ack.done,
    not_done: ack.not_done.map(reasonOf),
    durable,
    receipts: durable ? {} : (ack.receipts ?? {}),
    not_before: now + CONFIRM_AFTER_MS,
    problem: null,
    meant_for: named ? ack.done.length : each.meant_for,
  };
}

/** A repeat has said whether it is durable now; without one (`null`) nothing is known. */
export function confirmed(each: Errand, ack: ActAck | null, now: number): Errand {
  if (ack?.durable === true) return { ...each, durable: true, receipts: {} };
  return { ...each, not_before: now + CONFIRM_AGAIN_MS };
}

export function refused(each: Errand, problem: Problem): Errand {
  const { code, title, detail = "" } = problem;
  return { ...each, state: "refused", problem: { code, title, detail } };
}

/** Whether it can still be taken back: it never left. */
export function withdrawable(each: ActView): boolean {
  return each.state === "waiting" && each.tries === 0;
}

export function withdrawn(each: Errand): Errand {
  return withdrawable(each) ? { ...each, state: "withdrawn" } : each;
}

/** Nothing more will happen to it. */
export function isOver(each: ActView): boolean {
  const { state } = each;
  return state === "refused" || state === "withdrawn" || (state === "done" && each.durable);
}

/** Who has seen which notice is noted with the act that sent it. */
export function noticed(
  errands: readonly Errand[],
  receipts: readonly { attempt: string; notice: string }[],
): readonly Errand[] {
  const seen = new Map<string, string[]>();
  for (const { attempt, notice } of receipts) {
    seen.set(notice, [...(seen.get(notice) ?? []), attempt]);
  }
  if (!errands.some((each) => seen.has(each.id))) return errands;
  return errands.map((each) => {
    const more = seen.get(each.id);
    return more ? { ...each, seen: [...new Set([...each.seen, ...more])] } : each;
  });
}

/** Receipts may have been missed. */
export function unsure(errands: readonly Errand[]): Errand[] {
  return errands.map((each) => ({ ...each, seen_sure: false }));
}

/** As read back after the page was loaded again: what was under way is unknown. */
export function revived(errands: readonly Errand[]): Errand[] {
  return unsure(errands).map((each) => {
    const state = each.state === "sent" ? "waiting" : each.state;
    return { ...each, state, not_before: 0 };
  });
}

function reasonOf({ attempt, problem }: NotDone): ActView["not_done"][number] {
  return { attempt, code: problem.code, title: problem.title, detail: problem.detail ?? "" };
}
