/** Carries out acts: one at a time over the socket until answered, then until durable over HTTP,
 whose acks say so. Kept in this tab, so that a reload forgets nothing. */
import { signal } from "@preact/signals-core";
import type { ActAck, MonitorExtendReply, NoticeReceipt, Problem } from "protocol";
import { makeId } from "./ids";
import * as acts from "./monitor-acts";
import type { Errand } from "./monitor-acts";
import type { MonitorLine } from "./monitor-line";
import { MonitorProblem, rejected } from "./monitor-problem";
import type { ActMore, ActName, ActTerms, ExamMonitor } from "./monitor-types";
import type { GetToken } from "./types";

/** Thousands of attempts take a while. */
const ACK_WITHIN_MS = 20_000;
const CONFIRM_WITHIN_MS = 15_000;
const TURN_MS = 500;
/** Less than any server takes in one message of a socket (32 KiB at least). An act on a thousand
 * attempts is larger: sent, it would end the connection, each time it was tried. */
const MESSAGE_BYTES_MAX = 30_000;

interface Waiting {
  done: (ack: ActAck) => void;
  failed: (error: Error) => void;
}

export interface DeskOptions {
  url: URL;
  exam: string;
  getToken: GetToken;
  owner?: string;
}

export class Desk {
  private readonly list = signal<readonly Errand[]>([]);
  readonly acts: ExamMonitor["acts"] = this.list;
  private readonly waiting = new Map<string, Waiting>();
  private readonly timer: ReturnType<typeof setInterval>;
  private confirmingNow = false;

  constructor(
    private readonly options: DeskOptions,
    private readonly line: () => MonitorLine,
    private readonly serverNow: () => number,
  ) {
    this.list.value = this.kept();
    this.timer = setInterval(() => this.turn(), TURN_MS);
  }

  act(act: ActName, terms: ActTerms, more: ActMore): Promise<ActAck> {
    const id = makeId();
    const made = { id, act, terms, made_at: this.serverNow(), ...more };
    this.set(acts.added(this.list.value, acts.errand(made)));
    return new Promise((done, failed) => {
      this.waiting.set(id, { done, failed });
      this.turn();
    });
  }

  withdraw(id: string): boolean {
    const before = this.list.value.find((each) => each.id === id);
    if (!before || !acts.withdrawable(before)) return false;
    this.change(acts.withdrawn(before));
    this.settle(id, new MonitorProblem("withdrawn", "Withdrawn before it was sent.", ""));
    return true;
  }

  forgetFinished(): void {
    this.set(this.list.value.filter((each) => !acts.isOver(each)));
  }

  receipts(receipts: readonly NoticeReceipt[]): void {
    const next = acts.noticed(this.list.value, receipts);
    if (next !== this.list.value) this.set(next);
  }

  missedReceipts(): void {
    this.set(acts.unsure(this.list.value));
  }

  /** There is a line again: nothing waits any longer. */
  hurry(): void {
    this.set(this.list.value.map((each) => ({ ...each, not_before: 0 })));
    this.turn();
  }

  close(): void {
    clearInterval(this.timer);
  }

  private turn(): void {
    const now = Date.now();
    const due = this.line().open ? acts.next(this.list.value, now) : null;
    if (due) void this.send(acts.sending(due));
    const late = acts.confirming(this.list.value, now);
    if (late && !this.confirmingNow) void this.confirm(late);
  }

  private async send(errand: Errand): Promise<void> {
    this.change(errand);
    const { exam } = this.options;
    let reply: MonitorExtendReply;
    try {
      const body = acts.bodyOf(exam, errand);
      const text = JSON.stringify(body);
      const large = new TextEncoder().encode(text).length > MESSAGE_BYTES_MAX;
      reply = large
        ? await this.deliver(errand, text)
        : await this.line().call<MonitorExtendReply>(errand.act, body, ACK_WITHIN_MS);
    } catch {
      this.update(errand.id, (each) => acts.unanswered(each, Date.now()));
      return;
    }
    if (reply.ok) {
      const ack = reply;
      this.update(errand.id, (each) => acts.answered(each, ack, Date.now()));
      this.settle(errand.id, ack);
    } else this.refused(errand.id, reply.problem);
    this.turn();
  }

  private refused(id: string, problem: Problem): void {
    if (problem.retry) {
      const after = problem.retry_after_ms ?? null;
      this.update(id, (each) => acts.unanswered(each, Date.now(), after));
      return;
    }
    this.update(id, (each) => acts.refused(each, problem));
    this.settle(id, rejected(problem));
  }

  private async confirm(errand: Errand): Promise<void> {
    this.confirmingNow = true;
    const ack = await this.repeat(errand).catch(() => null);
    this.confirmingNow = false;
    this.update(errand.id, (each) => acts.confirmed(each, ack, Date.now()));
  }

  /** The same act over HTTP: it returns when it is durable. Rejects when that failed. */
  private async repeat(errand: Errand): Promise<ActAck | null> {
    const text = JSON.stringify(acts.bodyOf(this.options.exam, errand, true));
    const response = await this.post(errand.act, text, CONFIRM_WITHIN_MS);
    return response.ok ? ((await response.json()) as ActAck) : null;
  }

  /** An act that no message of a socket can hold: over HTTP, with an ack of the same kind. Rejects
   * when there was none. */
  private async deliver(errand: Errand, text: string): Promise<MonitorExtendReply> {
    const response = await this.post(errand.act, text, ACK_WITHIN_MS);
    const said: unknown = await response.json();
    return response.ok ? (said as ActAck) : { ok: false, problem: said as Problem };
  }

  private async post(act: ActName, body: string, withinMs: number): Promise<Response> {
    const { url, exam, getToken } = this.options;
    const { token } = await getToken(false);
    return fetch(new URL(`exams/${encodeURIComponent(exam)}/acts/${act}`, url), {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
      body,
      signal: AbortSignal.timeout(withinMs),
    });
  }

  // --- keeping -----------------------------------------------------------------------------------

  private settle(id: string, outcome: ActAck | Error): void {
    const waiting = this.waiting.get(id);
    this.waiting.delete(id);
    if (outcome instanceof Error) waiting?.failed(outcome);
    else waiting?.done(outcome);
  }

  private update(id: string, change: (each: Errand) => Errand): void {
    const held = this.list.value.find((each) => each.id === id);
    if (held) this.change(change(held));
  }

  private change(next: Errand): void {
    this.set(this.list.value.map((each) => (each.id === next.id ? next : each)));
  }

  private set(errands: readonly Errand[]): void {
    this.list.value = errands;
    const { owner } = this.options;
    if (!owner) return;
    try {
      sessionStorage.setItem(this.place(owner), JSON.stringify(errands));
    } catch {
      // no room, or not allowed: then a reload forgets them, and the timelines still have them
    }
  }

  private kept(): readonly Errand[] {
    const { owner } = this.options;
    try {
      const text = owner ? sessionStorage.getItem(this.place(owner)) : null;
      return text ? acts.revived(JSON.parse(text) as Errand[]) : [];
    } catch {
      return [];
    }
  }

  private place(owner: string): string {
    return `examsync.acts.${this.options.exam}.${owner}`;
  }
}
