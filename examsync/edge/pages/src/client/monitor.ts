/** The examiner's client: `openMonitor` watches one exam, merges its feed and carries out acts. */
import { signal } from "@preact/signals-core";
import type {
  ActAck,
  Hand,
  MonitorTimelineReply,
  MonitorWatchReply,
  Receipts,
  Signal,
  Stats,
  TimelineAck,
} from "protocol";
import { makeId } from "./ids";
import { Desk } from "./monitor-desk";
import { type Board, emptyBoard, type FeedEvents, recall, take } from "./monitor-feed";
import { type LineView, MonitorLine } from "./monitor-line";
import { rejected } from "./monitor-problem";
import type {
  ActMore,
  ActName,
  ActTerms,
  ExamBoard,
  ExamMonitor,
  MonitorConnection,
  MonitorOptions,
} from "./monitor-types";

export * from "./monitor-types";
export { isOver, withdrawable } from "./monitor-acts";

const ACK_WITHIN_MS = 15_000;
const FEED = ["roster", "progress", "violation", "hand", "receipts", "stats"];

export function openMonitor(options: MonitorOptions): ExamMonitor {
  return new Watching(options);
}

class Watching implements ExamMonitor {
  readonly connection = signal<MonitorConnection>({
    ...{ state: "connecting", reason: "", detail: "", tries: 0 },
    ...{ next_try_at: null, fresh_at: null },
  });
  readonly board;
  private readonly held: Board;
  private readonly desk: Desk;
  private readonly line: MonitorLine;
  private title = "";
  private offset = 0;
  private offsetKnown = false;
  /** A `watch` is on its way; `missed`: something was missed meanwhile, ask again. */
  private asking = false;
  private missed = false;
  private lineView: LineView | null = null;
  private freshAt: number | null = null;
  private refusal: { code: string; title: string } | null = null;

  constructor(private readonly options: MonitorOptions) {
    const url = new URL(options.url);
    this.held = emptyBoard(options.exam);
    this.board = signal<ExamBoard>(this.shown());
    this.desk = new Desk(
      { ...options, url },
      () => this.line,
      () => this.serverNow(),
    );
    const client = { name: "examsync monitor", version: "1", ...options.client };
    this.line = new MonitorLine(
      { url, getToken: options.getToken, client: { ...client, instance: `monitor-${makeId()}` } },
      {
        opened: () => void this.watch(),
        changed: (view) => this.lineChanged(view),
        event: (name, body) => this.heard(name, body),
      },
    );
  }

  get acts(): ExamMonitor["acts"] {
    return this.desk.acts;
  }

  serverNow(): number {
    return Date.now() + this.offset;
  }

  deviceNow(): number {
    return Date.now();
  }

  act(act: ActName, terms: ActTerms, more: ActMore = {}): Promise<ActAck> {
    return this.desk.act(act, terms, more);
  }

  withdraw(id: string): boolean {
    return this.desk.withdraw(id);
  }

  forgetFinished(): void {
    this.desk.forgetFinished();
  }

  async timeline(attempt: string, since = 0, limit = 500): Promise<TimelineAck> {
    const body = { attempt, since, limit };
    const reply = await this.line.call<MonitorTimelineReply>("timeline", body, ACK_WITHIN_MS);
    if (!reply.ok) throw rejected(reply.problem);
    return reply;
  }

  recall(signals: readonly Signal[], hands: readonly Hand[]): void {
    recall(this.held, signals, hands);
    this.board.value = this.shown();
  }

  readonly retryNow = (): void => {
    this.refusal = null;
    this.line.retryNow();
    if (this.line.open) void this.watch();
  };

  close(): void {
    this.line.close();
    this.desk.close();
  }

  // --- the feed ----------------------------------------------------------------------------------

  private heard(name: string, body: unknown): void {
    this.freshAt = Date.now();
    if (!FEED.includes(name)) return;
    const before = this.held.snapshots;
    const event = name as keyof FeedEvents;
    if (take(this.held, event, body as never) === "gap") void this.watch();
    if (event === "receipts") this.desk.receipts((body as Receipts).receipts);
    if (event === "stats") this.learnTime((body as Stats).at, null);
    if (this.held.snapshots > Math.max(before, 1)) this.desk.missedReceipts();
    this.board.value = this.shown();
    this.tell();
  }

  /** Ask for the exam from the version at hand; again while the server is not ready, or when
   * something was missed meanwhile. */
  private async watch(): Promise<void> {
    this.missed = true;
    if (this.asking) return;
    this.asking = true;
    try {
      while (this.missed && this.line.open) {
        this.missed = false;
        await this.ask();
      }
    } catch {
      // no ack: hang on; the next connection asks again, and a gap asks at once
    } finally {
      this.asking = false;
      this.tell();
    }
  }

  private async ask(): Promise<void> {
    this.tell();
    const asked = Date.now();
    const body = { exam: this.options.exam, version: this.held.version };
    const reply = await this.line.call<MonitorWatchReply>("watch", body, ACK_WITHIN_MS);
    this.freshAt = Date.now();
    if (reply.ok) {
      this.title = reply.title;
      this.refusal = null;
      this.learnTime(reply.server_time, asked);
      this.board.value = this.shown();
      this.desk.hurry();
      return;
    }
    this.refusal = reply.problem;
    if (!reply.problem.retry) return;
    this.missed = true;
    await new Promise((later) => setTimeout(later, reply.problem.retry_after_ms ?? 1_000));
  }

  /** The server's clock: from the middle of a question and its answer, and never before what the
   * server has already called the past. */
  private learnTime(at: number, asked: number | null): void {
    const now = Date.now();
    const offset = asked === null ? at - now : at - Math.round((asked + now) / 2);
    if (asked !== null || !this.offsetKnown || offset > this.offset) this.offset = offset;
    this.offsetKnown = true;
  }

  // --- what pages see ----------------------------------------------------------------------------

  private lineChanged(view: LineView): void {
    this.lineView = view;
    this.tell();
  }

  private tell(): void {
    const view = this.lineView;
    if (view === null) return;
    const problem = this.refusal ?? view.problem;
    const next: MonitorConnection = {
      state: this.state(view),
      reason: problem?.code ?? "",
      detail: problem?.title ?? "",
      tries: view.tries,
      next_try_at: view.next_try_at,
      fresh_at: this.freshAt,
    };
    this.connection.value = next;
  }

  private state(view: LineView): MonitorConnection["state"] {
    if (view.line === "closed" || (this.refusal && !this.asking)) return "closed";
    if (view.line === "connecting") return this.held.snapshots ? "offline" : "connecting";
    if (view.line === "offline") return "offline";
    if (this.held.version !== null && !this.asking) return "live";
    return this.held.snapshots ? "stale" : "connecting";
  }

  private shown(): ExamBoard {
    const { exam, rows, connections, stats, signals, hands, receipts, snapshots } = this.held;
    const title = this.title || exam;
    return { exam, title, rows, connections, stats, signals, hands, receipts, snapshots };
  }
}
