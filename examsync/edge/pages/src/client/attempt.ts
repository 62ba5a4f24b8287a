/** One attempt on this device, as pages hold it: a view, what can be done, which tab does it. */
import { type ReadonlySignal, type Signal, signal } from "@preact/signals-core";
import type { ResponseValue } from "protocol";
import { Outbox } from "./core/outbox";
import { nothingSeen } from "./core/seen";
import type { Session } from "./core/session";
import { type Device, Steady } from "./device";
import { type Around, report } from "./report";
import { Running, sessionOn } from "./running";
import { type Storage, keyOf, openStorage } from "./storage";
import type { Attempt, AttemptOptions, AttemptView } from "./types";
import { NotTaken, type ViolationKind } from "./types";
import { type Writer, becomeWriter } from "./writer";

export class Sitting implements Attempt {
  private readonly shown: Signal<AttemptView>;
  private readonly time: Steady;
  private readonly key: string;
  /** What is shown while no session runs here: before the first, and for another tab. */
  private readonly idle: Session;
  private running: Running | null = null;
  private storage: Storage | null = null;
  private writer: Writer | null = null;
  private role: AttemptView["writer"] = "this";
  private turns = 0;
  private unlisten: () => void = () => undefined;
  private ended = false;

  constructor(
    private readonly options: AttemptOptions,
    private readonly device: Device,
  ) {
    this.time = new Steady(device);
    this.key = keyOf(options.url, options.exam, options.candidate);
    this.idle = sessionOn({ options, device }, new Outbox(), nothingSeen());
    this.shown = signal(report(this.idle, this.around()));
    void this.begin();
  }

  get view(): ReadonlySignal<AttemptView> {
    return this.shown;
  }

  serverNow(): number {
    return this.running?.serverNow() ?? this.time.now();
  }

  deviceNow(): number {
    return this.time.now();
  }

  // --- what the candidate does

  start(): void {
    this.running?.does((candidate, now) => candidate.start(now));
  }

  answer(
    item: string,
    response: ResponseValue,
    more: { flag?: boolean; spentMs?: number } = {},
  ): void {
    this.writing().does((candidate, now) => {
      const actions = candidate.answer(item, response, now, more);
      this.running?.answered();
      return actions;
    });
  }

  violation(kind: ViolationKind, detail = ""): void {
    const at = Math.round(this.device.wall()); // the device's own, wrong or not: decides nothing
    this.running?.does((candidate, now) => candidate.violation(kind, now, detail, at));
  }

  submit(): void {
    this.writing().does((candidate, now) => candidate.submit(now));
  }

  raiseHand(raised: boolean, text = ""): void {
    this.running?.does((candidate, now) => candidate.raiseHand(raised, text, now));
  }

  acknowledge(notice: string): void {
    this.running?.does((candidate, now) => candidate.acknowledge(notice, now));
  }

  retryNow(): void {
    this.running?.hears((session, now) => session.online(now));
  }

  takeBack(): void {
    if (this.role === "other") this.writer?.steal();
    else this.running?.hears((session, now) => session.takeOver(now));
  }

  async close(): Promise<void> {
    if (this.ended) return;
    this.ended = true;
    this.unlisten();
    await this.running?.end(true);
    this.writer?.release();
    this.storage?.close();
  }

  // --- beginning, and the other tabs

  private async begin(): Promise<void> {
    const storage = await openStorage(this.device.indexedDB);
    if (this.ended) return storage.close();
    this.storage = storage;
    this.unlisten = this.device.listen((what) => this.running?.told(what));
    this.writer = becomeWriter(`examsync ${this.key}`, this.device.tabs, {
      gained: (how) => void this.gained(storage, how),
      waiting: () => this.stands("other"),
      lost: (mayWrite) => this.lost(mayWrite),
    });
  }

  /** This tab writes: go on from what the last one, or the last crash, has left. */
  private async gained(storage: Storage, how: "sure" | "unsure"): Promise<void> {
    const turn = ++this.turns;
    const kept = await storage.get(this.key).catch(() => null);
    if (this.ended || turn !== this.turns) return;
    const { options, device, time, key } = this;
    const changed = (): void => this.publish();
    this.running = new Running({ options, device, time, storage, key, changed }, kept);
    this.role = how === "sure" ? "this" : "unsure";
    this.running.open();
  }

  private async lost(mayWrite: boolean): Promise<void> {
    this.turns += 1;
    const { running } = this;
    this.running = null;
    this.stands("other");
    await running?.end(mayWrite);
  }

  private stands(role: AttemptView["writer"]): void {
    this.role = role;
    this.publish();
  }

  private publish(): void {
    this.shown.value = report(this.running?.session ?? this.idle, this.around());
  }

  private around(): Around {
    const { running, storage, role } = this;
    return {
      storage: running?.keeper.kind ?? storage?.kind ?? "disk",
      writer: role,
      written: running?.written ?? 0,
      written_at: running?.savedAt ?? null,
    };
  }

  private writing(): Running {
    if (this.running && !this.ended) return this.running;
    const why = this.role === "other" ? "another tab of this browser has it" : "it is not open";
    throw new NotTaken("not_writable", `The attempt takes nothing here: ${why}.`);
  }
}
