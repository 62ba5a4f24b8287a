/** One attempt on this device: the session's owner. It carries out what the session asks for, in
 * order, what must survive a crash written down first, and tells it what happens. */
import { type ReadonlySignal, type Signal, signal } from "@preact/signals-core";
import type { ResponseValue } from "protocol";
import { Candidate } from "./core/candidate";
import type { Send } from "./core/exchange";
import { Outbox } from "./core/outbox";
import { nothingSeen } from "./core/seen";
import { type Action, Session } from "./core/session";
import { type Device, Steady } from "./device";
import { instanceId, makeId } from "./ids";
import { Keeper } from "./keeper";
import { Line } from "./line";
import { type Around, report } from "./report";
import { type Kept, type Storage, keyOf, openStorage } from "./storage";
import type { Attempt, AttemptOptions, AttemptView } from "./types";
import { NotTaken, type ViolationKind } from "./types";
import { type Writer, becomeWriter } from "./writer";

const CLIENT = { name: "examsync-web", version: "1" };

export class Sitting implements Attempt {
  private readonly shown: Signal<AttemptView>;
  private readonly time: Steady;
  private readonly line: Line;
  private readonly key: string;
  private session: Session;
  private candidate: Candidate;
  private storage: Storage | null = null;
  private keeper: Keeper | null = null;
  private writer: Writer | null = null;
  private role: AttemptView["writer"] = "this";
  /** This tab writes, and what was on the disk is read. */
  private ready = false;
  private written = 0;
  private answeredAt: number | null = null;
  private savedAt: number | null = null;
  private call = 0;
  private outgoing: Promise<void> = Promise.resolve();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private unlisten: () => void = () => undefined;
  private ended = false;

  constructor(
    private readonly options: AttemptOptions,
    private readonly device: Device,
  ) {
    this.time = new Steady(device);
    this.key = keyOf(options.url, options.exam, options.candidate);
    this.session = this.newSession(new Outbox(), nothingSeen());
    this.candidate = new Candidate(this.session, makeId);
    this.shown = signal(report(this.session, this.around()));
    this.line = new Line(
      {
        url: options.url,
        namespace: "/exam",
        getToken: options.getToken,
        client: { ...CLIENT, ...options.client, instance: instanceId(device.localStorage) },
        now: () => this.serverNow(),
      },
      {
        connected: () => this.hears((session, now) => session.connected(now)),
        refused: (problem) => this.hears((session, now) => session.refused(problem, now)),
        lost: () => this.hears((session, now) => session.disconnected(now)),
        heard: (event, body) => this.hears((session, now) => session.heard(event, body, now)),
      },
    );
    void this.begin();
  }

  get view(): ReadonlySignal<AttemptView> {
    return this.shown;
  }

  serverNow(): number {
    return this.session.clock.serverNow(this.time.now());
  }

  deviceNow(): number {
    return this.time.now();
  }

  // --- what the candidate does

  start(): void {
    this.does((candidate, now) => candidate.start(now));
  }

  answer(
    item: string,
    response: ResponseValue,
    more: { flag?: boolean; spentMs?: number } = {},
  ): void {
    this.mustWrite();
    this.does((candidate, now) => {
      const actions = candidate.answer(item, response, now, more);
      this.answeredAt = now;
      return actions;
    });
  }

  violation(kind: ViolationKind, detail = ""): void {
    const at = Math.round(this.device.wall()); // the device's own, wrong or not: decides nothing
    this.does((candidate, now) => candidate.violation(kind, now, detail, at));
  }

  submit(): void {
    this.mustWrite();
    this.does((candidate, now) => candidate.submit(now));
  }

  raiseHand(raised: boolean, text = ""): void {
    this.does((candidate, now) => candidate.raiseHand(raised, text, now));
  }

  acknowledge(notice: string): void {
    this.does((candidate, now) => candidate.acknowledge(notice, now));
  }

  retryNow(): void {
    this.hears((session, now) => session.online(now));
  }

  takeBack(): void {
    if (this.role === "other") this.writer?.steal();
    else this.hears((session, now) => session.takeOver(now));
  }

  async close(): Promise<void> {
    if (this.ended) return;
    this.ended = true;
    this.unlisten();
    this.quiet();
    await this.keeper?.write();
    this.writer?.release();
    this.storage?.close();
  }

  // --- beginning, and the other tabs

  private async begin(): Promise<void> {
    this.storage = await openStorage(this.device.indexedDB);
    if (this.ended) return this.storage.close();
    this.unlisten = this.device.listen((what) => this.told(what));
    this.writer = becomeWriter(`examsync ${this.key}`, this.device.tabs, {
      gained: (how) => void this.gained(how),
      waiting: () => {
        this.role = "other";
        this.publish();
      },
      lost: (mayWrite) => this.lost(mayWrite),
    });
  }

  /** This tab writes: go on from what the last one, or the last crash, has left. */
  private async gained(how: "sure" | "unsure"): Promise<void> {
    const storage = this.storage;
    if (this.ended || storage === null) return;
    const call = ++this.call;
    const kept = await storage.get(this.key).catch(() => null);
    if (this.ended || call !== this.call) return;
    this.role = how === "sure" ? "this" : "unsure";
    const outbox = new Outbox(kept?.outbox);
    const session = this.newSession(outbox, kept?.seen ?? nothingSeen());
    session.visible = !this.device.hidden();
    this.session = session;
    this.candidate = new Candidate(session, makeId);
    this.written = outbox.kept.number;
    const subject = { changes: () => outbox.changes, kept: () => this.kept(session) };
    this.keeper = new Keeper(storage, this.key, subject);
    this.savedAt = this.answeredAt = kept?.at ? kept.at : null;
    this.ready = true;
    this.do(session.open(this.time.now()));
  }

  private async lost(mayWrite: boolean): Promise<void> {
    const keeper = this.keeper;
    this.ready = false;
    this.quiet();
    if (mayWrite) await keeper?.write();
    keeper?.stop();
    this.role = "other";
    this.publish();
  }

  /** No connection, no timer, and nothing that was under way counts any more. */
  private quiet(): void {
    this.call += 1;
    clearTimeout(this.timer);
    this.line.hangUp();
    this.session.disconnected(this.time.now());
  }

  private newSession(outbox: Outbox, seen: Session["seen"]): Session {
    return new Session(this.options.exam, outbox, seen, this.device.random, makeId, true);
  }

  /** What is written down. Of an attempt that is over and all durable, no answers stay here. */
  private kept(session: Session): Kept {
    const { seen, outbox } = session;
    const rest = session.settled ? { ...seen, paper: null, order: null, held: {} } : seen;
    return { outbox: outbox.kept, seen: rest, at: this.answeredAt ?? 0 };
  }

  // --- between the session and the world

  private told(what: "online" | "shown" | "hidden"): void {
    if (!this.ready) return;
    this.session.visible = what === "hidden" ? false : !this.device.hidden();
    if (this.time.jumped()) this.session.clock.doubt();
    this.hears((session, now) => [
      ...(what === "hidden" ? [] : session.online(now)),
      ...session.beatSoon(now),
    ]);
  }

  private does(act: (candidate: Candidate, now: number) => Action[]): void {
    if (!this.ended && this.ready) this.do(act(this.candidate, this.time.now()));
  }

  private hears(tell: (session: Session, now: number) => Action[]): void {
    if (!this.ended && this.ready) this.do(tell(this.session, this.time.now()));
  }

  /** Carry out what the session asked for, in order; what must survive is written down first. */
  private do(actions: readonly Action[]): void {
    for (const action of actions) {
      if (action.do === "dial") {
        this.call += 1;
        void this.line.dial();
      } else if (action.do === "hang_up") {
        this.call += 1;
        this.line.hangUp();
      }
    }
    const sends = actions.filter((action) => action.do === "send");
    if (sends.length > 0 || this.keeper?.clean === false) this.post(sends);
    this.schedule();
    this.publish();
  }

  /** Write down, then send, behind what is being written and sent already. */
  private post(sends: readonly Send[]): void {
    const { session, keeper, call } = this;
    const posted = async (): Promise<void> => {
      const { number } = session.outbox.kept;
      const at = this.answeredAt;
      await keeper?.write();
      if (session !== this.session || !this.ready) return;
      if (keeper?.kind === "disk") [this.written, this.savedAt] = [number, at];
      this.publish();
      if (call !== this.call) return; // of a connection that is gone: it will go again
      for (const send of sends) this.send(send);
    };
    this.outgoing = this.outgoing.then(posted).catch((error: unknown) => {
      queueMicrotask(() => {
        throw error; // a defect, to be seen; what comes after it is still posted
      });
    });
  }

  private send({ ticket, event, body }: Send): void {
    this.line.send(event, body, (reply) =>
      this.hears((session, now) => session.replied(ticket, reply, now)),
    );
  }

  private schedule(): void {
    clearTimeout(this.timer);
    const now = this.time.now();
    const at = this.session.nextAt(now);
    if (at === null || this.ended) return;
    this.timer = setTimeout(() => this.tick(), Math.max(at - now, 0));
  }

  private tick(): void {
    const jumped = this.time.jumped();
    if (jumped) this.session.clock.doubt();
    this.hears((session, now) => [
      ...session.tick(now),
      ...(jumped ? session.beatSoon(now) : []),
    ]);
  }

  private publish(): void {
    const before = this.shown.value.connection.state;
    const view = report(this.session, this.around());
    this.shown.value = view;
    if (view.connection.state === "live" && before !== "live") this.line.planRenewal();
  }

  private around(): Around {
    const keeper = this.keeper;
    return {
      storage: keeper?.kind ?? this.storage?.kind ?? "disk",
      writer: this.role,
      written: this.written,
      written_at: this.savedAt,
    };
  }

  private mustWrite(): void {
    if (this.ready && !this.ended) return;
    const why = this.role === "other" ? "another tab of this browser has it" : "it is not open";
    throw new NotTaken("not_writable", `The attempt takes nothing here: ${why}.`);
  }
}
