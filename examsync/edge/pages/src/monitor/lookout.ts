/** One exam on the screen: joins the client, the arrangement of rows and what is selected. */
import { effect, signal } from "@preact/signals";
import type { SignedIn } from "protocol";
import { type ExamMonitor, openMonitor } from "../client/monitor";
import { BASE, freshToken, say } from "../kit";
import { arranged, PLAIN_VIEW, placesOf, type View, within } from "./arrange";
import { count } from "./chips";
import { recallAll } from "./earlier";
import { type ExamFacts, factsOf } from "./entry";
import { alarms } from "./herald";
import { Holding } from "./holding";
import { refresh, type Seat, type Seats, standsWithExam } from "./roster";
import { settle } from "./steady";
import { recentSignals } from "./trouble";

/** How often the screen follows the feed (which comes at most 4 times a second). */
const DRAW_MS = 120;
const SECOND_MS = 1_000;
/** How often troubles are looked at again because time has passed. */
const AGE_MS = 5_000;
const FACTS_EVERY_MS = 60_000;
/** So many timelines are read without being asked for. */
const REMEMBER_MAX = 12;

export class Lookout {
  readonly monitor: ExamMonitor;
  readonly seats: Seats = new Map();
  /** Counts up whenever seats changed: read it to be drawn again. */
  readonly picture = signal(0);
  /** Server time, by the second. */
  readonly now = signal(Date.now());
  /** How long nothing was heard (ms); null: never yet. */
  readonly silent = signal<number | null>(null);
  readonly facts = signal<ExamFacts | null>(null);
  readonly view = signal<View>(PLAIN_VIEW);
  /** What the table shows, in order, and how many rows would move if it were sorted now. */
  readonly shown = signal<readonly string[]>([]);
  readonly moves = signal(0);
  readonly counts = signal<ReadonlyMap<string, number>>(new Map());
  readonly places = signal<{ halls: string[]; groups: string[] }>({ halls: [], groups: [] });
  readonly selected = signal<ReadonlySet<string>>(new Set());
  readonly opened = signal<string | null>(null);
  /** The row that arrow keys stand on. */
  readonly cursor = signal<string | null>(null);
  readonly sideOpen = signal(false);
  readonly holding = new Holding(() => this.selected.value.size > 0);
  private readonly stops: (() => void)[] = [];
  private drawing: ReturnType<typeof setTimeout> | null = null;
  private agedAt = 0;
  private factsAt = 0;
  private remembered = false;
  private known: ReadonlyMap<string, string> | null = null;

  constructor(
    readonly exam: string,
    readonly who: SignedIn,
  ) {
    const owner = who.subject;
    this.monitor = openMonitor({ url: BASE, exam, getToken: freshToken, owner });
    this.stops.push(effect(() => void (this.monitor.board.value, this.drawLater())));
    const ticking = setInterval(() => this.tick(), SECOND_MS);
    this.stops.push(() => clearInterval(ticking));
    this.tick();
  }

  /** An examiner who is kept to halls cannot act on the exam as a whole. */
  get wholeExam(): boolean {
    return this.who.halls.length === 0;
  }

  /** Whether the whole exam is paused, as far as anybody's row shows it. */
  examStands(): boolean {
    for (const { row } of this.seats.values()) if (standsWithExam(row)) return true;
    return false;
  }

  close(): void {
    for (const stop of this.stops) stop();
    if (this.drawing !== null) clearTimeout(this.drawing);
    this.monitor.close();
  }

  seat(attempt: string): Seat | undefined {
    return this.seats.get(attempt);
  }

  /** The selected rows that are still there. */
  chosen(): Seat[] {
    return [...this.selected.value].flatMap((id) => this.seats.get(id) ?? []);
  }

  /** Look differently: the rows are arranged anew at once. */
  look(change: Partial<View>): void {
    this.view.value = { ...this.view.value, ...change };
    this.arrange(true);
  }

  /** Show one candidate; on a narrow screen the side panel gives way. */
  open(attempt: string): void {
    this.cursor.value = attempt;
    this.opened.value = attempt;
    this.sideOpen.value = false;
  }

  sortNow(): void {
    this.arrange(true);
  }

  select(ids: Iterable<string>): void {
    this.selected.value = new Set(ids);
    this.arrange(false);
  }

  toggle(id: string): void {
    const next = new Set(this.selected.value);
    if (!next.delete(id)) next.add(id);
    this.select(next);
  }

  // --- following ---------------------------------------------------------------------------------

  private tick(): void {
    const { monitor } = this;
    this.now.value = monitor.serverNow();
    const { fresh_at: heardAt } = monitor.connection.value;
    this.silent.value = heardAt === null ? null : Math.max(0, monitor.deviceNow() - heardAt);
    if (this.now.value - this.agedAt >= AGE_MS) this.draw(true);
    else if (this.moves.value > 0 && !this.holding.now()) this.arrange(false);
    if (Date.now() - this.factsAt >= FACTS_EVERY_MS) void this.learn();
  }

  private async learn(): Promise<void> {
    this.factsAt = Date.now();
    this.facts.value = (await factsOf(this.exam)) ?? this.facts.value;
  }

  private drawLater(): void {
    this.drawing ??= setTimeout(() => this.draw(false), DRAW_MS);
  }

  private draw(aged: boolean): void {
    this.drawing = null;
    const board = this.monitor.board.peek();
    const now = this.monitor.serverNow();
    if (aged) this.agedAt = now;
    const recent = recentSignals(board.signals, now);
    const opensAt = this.facts.peek()?.opens_at ?? null;
    if (!refresh(this.seats, board, { now, recent, opensAt }, aged)) return;
    this.tidy();
    this.arrange(false);
    this.picture.value += 1;
    this.speak();
    if (!this.remembered && board.snapshots > 0) void this.remember();
  }

  /** What happened before this page was opened, where that is little; else it is offered. */
  private async remember(): Promise<void> {
    this.remembered = true;
    const marked = [...this.seats.values()].filter(({ row }) => row.hand || row.violations);
    if (marked.length > REMEMBER_MAX) return;
    const attempts = marked.map(({ row }) => row.attempt);
    await recallAll(this, attempts).catch(() => undefined); // the button offers it again
    this.picture.value += 1;
  }

  /** Who is gone cannot stay selected. */
  private tidy(): void {
    const selected = this.selected.peek();
    const there = [...selected].filter((id) => this.seats.has(id));
    if (there.length < selected.size) this.selected.value = new Set(there);
  }

  private arrange(anew: boolean): void {
    const view = this.view.peek();
    const fresh = arranged(this.seats.values(), view);
    const held = !anew && this.holding.now();
    const next = settle(this.shown.peek(), fresh, held, (id) => this.seats.has(id));
    this.shown.value = next.shown;
    this.moves.value = next.moves;
    this.counts.value = count(within(this.seats.values(), view));
    const places = placesOf(this.seats.values());
    if (JSON.stringify(places) !== JSON.stringify(this.places.peek())) this.places.value = places;
  }

  /** Read aloud what is new and urgent; the first picture is not news. */
  private speak(): void {
    const { urgent, sentence } = alarms(this.seats.values(), this.known);
    this.known = urgent;
    if (sentence) say(sentence);
  }
}
