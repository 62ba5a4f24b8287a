/** One candidate at one attempt: the client, where in the paper they are, and the clock. */
import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { MyExam, ResponseValue } from "protocol";
import { type Attempt, type AttemptView, NotTaken, openAttempt } from "../client";
import { BASE, freshToken, say, session, toast } from "../kit";
import { type Draft, forgetDraft, keepDraft, recall, remember, takeDraft } from "./memory";
import { type Known, type Placed, placed, type Standing, standing } from "./standing";
import { WORDS } from "./words";

const TICK_MS = 250;
/** Said aloud and shown when so many minutes are left. */
const WARNINGS_MIN = [10, 5, 1] as const;

export class Seat {
  readonly attempt: Attempt;
  readonly view: ReadonlySignal<AttemptView>;
  /** The server's time, by the tick. */
  readonly now: Signal<number>;
  readonly rows: ReadonlySignal<Placed[]>;
  readonly standings: ReadonlySignal<Standing[]>;
  /** Index into `rows` of the question on the screen. */
  readonly at = signal(0);
  readonly seen = signal<ReadonlySet<string>>(new Set());
  readonly left_ms: ReadonlySignal<number | null>;
  readonly over: ReadonlySignal<boolean>;
  /** Why nothing can be answered now; "" when it can. */
  readonly whyNot: ReadonlySignal<string>;
  private readonly ticking: ReturnType<typeof setInterval>;
  private readonly spent = new Map<string, number>();
  private since = Date.now();
  private warned = Number.POSITIVE_INFINITY;
  private handedIn: number | null = null;
  private remembered = "";
  private drafted: Draft | null = null;

  constructor(exam: string) {
    const who = session.value;
    if (who === null) throw new Error("Nobody is signed in.");
    this.attempt = openAttempt({
      url: BASE,
      exam,
      candidate: who.subject,
      getToken: freshToken,
      client: { name: "examsync-page", version: "1" },
    });
    this.view = this.attempt.view;
    this.now = signal(this.attempt.serverNow());
    const paper = computed(() => this.view.value.paper);
    const order = computed(() => this.view.value.order);
    this.rows = computed(() => placed(paper.value, order.value));
    const standingOf = ({ item }: Placed): Standing => standing(this.known(item.id));
    this.standings = computed(() => this.rows.value.map(standingOf));
    this.left_ms = computed(() => leftOf(this.view.value, this.now.value));
    this.over = computed(() => this.left_ms.value === 0);
    this.whyNot = computed(() => reasonOf(this.view.value, this.over.value));
    this.ticking = setInterval(() => this.tick(), TICK_MS);
  }

  known(item: string): Known {
    const held = this.view.value.responses[item];
    return {
      response: held?.response,
      marked: held?.flag ?? false,
      seen: this.seen.value.has(item),
    };
  }

  get current(): Placed | undefined {
    return this.rows.value[this.at.value];
  }

  /** Show another question. */
  go(index: number): void {
    const row = this.rows.value[index];
    if (row === undefined) return;
    this.clockSpent();
    this.at.value = index;
    this.see(row.item.id);
  }

  /** Answer or clear the item; what is marked stays marked. */
  respond(item: string, response: ResponseValue): void {
    this.write(item, response, this.known(item).marked);
  }

  /** Typed, not answered yet: kept at once, since the page may be gone the next moment. */
  draft(item: string, response: ResponseValue): void {
    this.drafted = { item, response };
    keepDraft(this.view.value.attempt, this.drafted);
  }

  mark(item: string, marked: boolean): void {
    this.write(item, this.known(item).response ?? null, marked);
  }

  /** Hand in; the client sends all answers first. */
  submit(): void {
    this.guarded(() => this.attempt.submit());
  }

  close(): void {
    clearInterval(this.ticking);
    void this.attempt.close();
  }

  private write(item: string, response: ResponseValue, flag: boolean): void {
    this.clockSpent();
    const spentMs = this.spent.get(item) ?? 0;
    this.guarded(() => this.attempt.answer(item, response, { flag, spentMs }));
  }

  /** What was not taken is said, never swallowed. */
  private guarded(act: () => void): void {
    try {
      act();
    } catch (error) {
      if (!(error instanceof NotTaken)) throw error;
      toast(error.reason === "full" ? WORDS.banners.full : error.message, "bad");
    }
  }

  private see(item: string): void {
    if (this.seen.value.has(item)) return;
    this.seen.value = new Set([...this.seen.value, item]);
    remember(this.view.value.attempt, { seen: [...this.seen.value], item });
  }

  private clockSpent(): void {
    const now = Date.now();
    const item = this.current?.item.id;
    if (item) this.spent.set(item, (this.spent.get(item) ?? 0) + Math.max(0, now - this.since));
    this.since = now;
  }

  private tick(): void {
    this.now.value = this.attempt.serverNow();
    this.recallOnce();
    this.settleDraft();
    const left = this.left_ms.value;
    if (left === null || this.view.value.state !== "in_progress") return;
    this.warn(left);
    const { deadline, submitting } = this.view.value;
    if (left === 0 && !submitting && this.handedIn !== deadline && this.view.value.writable) {
      this.handedIn = deadline; // once per deadline: more time may be granted after all
      this.submit();
    }
  }

  private warn(left: number): void {
    const due = WARNINGS_MIN.filter((minutes) => left <= minutes * 60_000).at(-1);
    if (due === undefined) {
      this.warned = Number.POSITIVE_INFINITY;
      return;
    }
    if (due < this.warned && left > 0) say(WORDS.header.warn(Math.ceil(left / 60_000)));
    this.warned = due;
  }

  /** After a reload: what was seen, and where. */
  private recallOnce(): void {
    const { attempt } = this.view.value;
    if (this.rows.value.length === 0 || this.remembered === attempt) return;
    this.remembered = attempt;
    const held = recall(attempt);
    this.seen.value = new Set(held.seen);
    const index = this.rows.value.findIndex(({ item }) => item.id === held.item);
    this.go(Math.max(0, index));
    const draft = this.whyNot.value === "" ? takeDraft(attempt) : null;
    if (draft && this.rows.value.some(({ item }) => item.id === draft.item)) {
      this.respond(draft.item, draft.response);
    }
  }

  /** A draft is needless once its answer lies on this device. */
  private settleDraft(): void {
    if (this.drafted === null) return;
    const { item, response } = this.drafted;
    const { attempt, responses, saves } = this.view.value;
    if (responses[item]?.response !== response || saves[item] === "unsaved") return;
    forgetDraft(attempt);
    this.drafted = null;
  }
}

/** Working time left; null while there is no clock; it stands while the attempt is paused. */
export function leftOf(view: AttemptView, now: number): number | null {
  if (view.started_at === null || view.deadline === null) return null;
  const until = view.state === "paused" ? (view.paused_since ?? now) : now;
  return Math.max(0, view.deadline - until);
}

/** How long somebody who has not started will have, and until when at the latest: as the list of
 * exams said when it was read, or as was told since. */
export function timeOf(about: MyExam, view: AttemptView): { length: number; end: number } {
  return {
    length: view.time_ms ?? about.duration_ms,
    end: view.start_until ?? Math.min(about.window_end, about.closes_at),
  };
}

function reasonOf(view: AttemptView, over: boolean): string {
  if (view.lease_lost || view.writer === "other") return WORDS.question.elsewhere;
  if (view.state === "paused") return WORDS.question.paused;
  if (over || view.submitting) return WORDS.question.over;
  return view.writable ? "" : WORDS.question.over;
}
