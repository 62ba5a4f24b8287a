/** The form of an exam's terms, and the body it makes (pure). Times are ms since 1970 UTC. */
import type { LatePolicy, TakeoverPolicy } from "protocol";
import { fromInput, toInput } from "../kit/time";
import { WORDS } from "./words";

const MINUTE = 60_000;

/** As typed. Times as `<input type="datetime-local">` has them, lengths in minutes. */
export interface Form {
  exam: string;
  title: string;
  paper: string;
  opens: string;
  windowEnd: string;
  closes: string;
  minutes: string;
  graceSeconds: string;
  late: LatePolicy | "";
  takeover: TakeoverPolicy | "";
}

export interface Terms {
  exam: string;
  title: string;
  paper: string;
  opens_at: number;
  window_end: number;
  closes_at: number;
  duration_ms: number;
  grace_ms?: number;
  late_policy?: LatePolicy;
  takeover?: TakeoverPolicy;
}

export type Faults = Partial<Record<keyof Form, string>>;

/** What the server takes for an id. */
export const ID = /^[A-Za-z0-9_.:-]{1,64}$/;

/** How long late comers are welcome, and how long grants may go on after the window. */
const SPARE_MS = 30 * MINUTE;

/** A form for an exam at the next full hour, of an hour and a half. */
export function fresh(now: number, paper = ""): Form {
  const hour = 60 * MINUTE;
  const opens = toInput(Math.ceil(now / hour) * hour);
  const blank = { exam: "", title: "", paper, graceSeconds: "", late: "", takeover: "" } as const;
  return following({ ...blank, opens, minutes: "90", windowEnd: "", closes: "" }, new Set());
}

/** The window's end and the closing moved along with the opening and the working time; but not
 *  those that were typed. */
export function following(form: Form, typed: ReadonlySet<keyof Form>): Form {
  const opens = fromInput(form.opens);
  const working = Number(form.minutes) * MINUTE;
  if (opens === null || !(working > 0)) return form;
  const end = typed.has("windowEnd") ? fromInput(form.windowEnd) : opens + working + SPARE_MS;
  if (end === null) return form;
  const closes = typed.has("closes") ? form.closes : toInput(end + SPARE_MS);
  return { ...form, windowEnd: toInput(end), closes };
}

/** The form of terms that exist. */
export function formOf(terms: Required<Terms>): Form {
  return {
    exam: terms.exam,
    title: terms.title,
    paper: terms.paper,
    opens: toInput(terms.opens_at),
    windowEnd: toInput(terms.window_end),
    closes: toInput(terms.closes_at),
    minutes: String(terms.duration_ms / MINUTE),
    graceSeconds: String(terms.grace_ms / 1_000),
    late: terms.late_policy,
    takeover: terms.takeover,
  };
}

/** What is wrong with the form, by field; the server has the last word. */
export function faults(form: Form): Faults {
  const found: Faults = {};
  const [opens, end, closes] = [form.opens, form.windowEnd, form.closes].map(fromInput);
  if (!ID.test(form.exam)) found.exam = WORDS.faults.id;
  if (form.title.trim() === "") found.title = WORDS.faults.missing;
  if (form.paper === "") found.paper = WORDS.faults.missing;
  if (opens == null) found.opens = WORDS.faults.time;
  if (end == null) found.windowEnd = WORDS.faults.time;
  if (closes == null) found.closes = WORDS.faults.time;
  if (opens != null && end != null && end <= opens) found.windowEnd = WORDS.faults.afterOpens;
  if (end != null && closes != null && closes < end) found.closes = WORDS.faults.afterEnd;
  if (!(Number(form.minutes) > 0)) found.minutes = WORDS.faults.minutes;
  if (form.graceSeconds !== "" && !(Number(form.graceSeconds) >= 0)) {
    found.graceSeconds = WORDS.faults.seconds;
  }
  return found;
}

/** The body of a form without faults. */
export function termsOf(form: Form): Terms {
  return {
    exam: form.exam,
    title: form.title.trim(),
    paper: form.paper,
    opens_at: fromInput(form.opens) ?? 0,
    window_end: fromInput(form.windowEnd) ?? 0,
    closes_at: fromInput(form.closes) ?? 0,
    duration_ms: Math.round(Number(form.minutes) * MINUTE),
    ...(form.graceSeconds !== "" && { grace_ms: Math.round(Number(form.graceSeconds) * 1_000) }),
    ...(form.late && { late_policy: form.late }),
    ...(form.takeover && { takeover: form.takeover }),
  };
}

/** A number with a dot or a comma before its decimals; NaN for any other text, and for "1,250",
 *  which may be a thousand or one. */
export function decimal(text: string): number {
  const typed = text.trim();
  if (!/^\d+([.,]\d+)?$/.test(typed) || /^[1-9]\d{0,2},\d{3}$/.test(typed)) return Number.NaN;
  return Number(typed.replace(",", "."));
}

/** An id made of a title: "Physics, mock 1" is physics-mock-1. "" if no letter is left. */
export function idFrom(title: string): string {
  return title
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 64);
}

/** Only what differs: the body of a change. */
export function changes(before: Terms, after: Terms): Partial<Terms> {
  const named = Object.entries(after).filter(
    ([field, value]) => field !== "exam" && before[field as keyof Terms] !== value,
  );
  return Object.fromEntries(named) as Partial<Terms>;
}
