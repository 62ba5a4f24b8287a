/** What a candidate does (pure): into the outbox first, then out as the rules allow. Every act
 * returns what the owner of the session has to do. */
import type { ResponseValue } from "protocol";
import { NotTaken, type ViolationKind } from "../types";
import { START, SUBMIT } from "./entry";
import { OutboxFull } from "./outbox";
import type { Action, Session } from "./session";

export class Candidate {
  constructor(
    private readonly session: Session,
    private readonly makeId: () => string,
  ) {}

  /** Start the clock; a second start is the first one repeated. */
  start(now: number): Action[] {
    if (!this.session.outbox.find(START) && this.session.seen.started_at === null) {
      this.take(START, {});
    }
    return this.session.turn(now);
  }

  /** Answer an item, or clear it with null; online or not. Raises NotTaken. */
  answer(
    item: string,
    response: ResponseValue,
    now: number,
    { flag = false, spentMs }: { flag?: boolean; spentMs?: number } = {},
  ): Action[] {
    this.mustBeWritable("answer");
    const spent = spentMs === undefined ? {} : { spent_ms: Math.max(0, Math.round(spentMs)) };
    kept(() => this.session.outbox.answer(item, response, { flag, ...spent }));
    return this.session.turn(now);
  }

  /** Hand in. The answers go first; from here on none are taken. Raises NotTaken. */
  submit(now: number): Action[] {
    this.mustBeWritable("submit");
    this.take(SUBMIT, {});
    return this.session.turn(now);
  }

  /** Report a signal; `at` is this device's own time. */
  violation(kind: ViolationKind, now: number, detail: string, at: number): Action[] {
    this.take("violation", { kind, at, detail });
    return this.session.turn(now);
  }

  /** Ask for an examiner, or take the hand down. */
  raiseHand(raised: boolean, text: string, now: number): Action[] {
    this.take("raise_hand", { raised, text });
    this.session.seen.hand = raised;
    return this.session.turn(now);
  }

  /** The candidate has seen a notice. */
  acknowledge(notice: string, now: number): Action[] {
    const said = this.session.outbox.entries.some(
      (entry) => entry.event === "acknowledge" && entry.body["notice"] === notice,
    );
    if (!said) this.take("acknowledge", { notice });
    return this.session.turn(now);
  }

  private take(event: string, body: Record<string, unknown>): void {
    kept(() => this.session.outbox.command(event, { id: this.makeId(), ...body }));
  }

  private mustBeWritable(act: string): void {
    if (this.session.writable) return;
    const { state, reason } = this.session;
    throw new NotTaken("not_writable", `${act} while the attempt is ${reason || state} here`);
  }
}

function kept(put: () => unknown): void {
  try {
    put();
  } catch (error) {
    if (error instanceof OutboxFull) throw new NotTaken("full", error.message);
    throw error;
  }
}
