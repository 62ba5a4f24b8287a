/** The outbox over HTTP, for networks that block WebSockets: takes what the session sends, delivers
 * it with `POST /attempts/{id}/sync`, and hands the acks back as a socket would. A heartbeat is a
 * delivery with nothing in it: its join tells the time, the deadline and what is durable. */
import type { Joined, MyExams, Notice, Sync, SyncAck, SyncEvent, Synced } from "protocol";
import type { LineEvents } from "./line";

/** So long after a first event others may come along: a burst of clicks is one request. */
const GATHER_MS = 40;
const EVENTS_MAX = 200;
/** Three quarters of the least that a server has to take: the join comes on top. */
const EVENTS_BYTES_MAX = 24_576;
const PATIENCE_MS = 15_000;
/** After so long a WebSocket is tried again: who is behind another network by now gets one. */
export const RETURN_MS = 60_000;

export interface CourierOptions {
  url: string | URL;
  exam: string;
  token: string;
  client: Sync["client"];
}

type Acked = (reply: unknown) => void;
interface Parcel {
  events: SyncEvent[];
  bytes: number;
  /** An answer that came in a list is acked in one. */
  seqs: number[] | null;
  acked: Acked;
}
/** What went wrong: a problem that the server told, or null where it could not be reached. */
class Undelivered extends Error {
  constructor(readonly problem: unknown) {
    super("not delivered");
  }
}

export class Courier {
  private attempt = "";
  private join: Sync["join"] | null = null;
  private joinAcked: Acked | null = null;
  private beats: Acked[] = [];
  private parcels: Parcel[] = [];
  private told = new Set<string>();
  private state = "";
  private timer: ReturnType<typeof setTimeout> | undefined;
  private under = false;
  private ended = false;

  constructor(
    private readonly options: CourierOptions,
    private readonly events: LineEvents,
  ) {}

  /** Whether the server can be reached this way. Rejects with Undelivered. */
  async open(): Promise<void> {
    const { items } = await this.ask<MyExams>("my/exams");
    const mine = items.find((each) => each.exam === this.options.exam);
    if (mine === undefined) throw new Undelivered(null);
    this.attempt = mine.attempt;
    if (this.ended) return;
    this.timer = setTimeout(() => this.lose(), RETURN_MS);
    this.events.connected(null);
  }

  /** Nothing more is heard of it. */
  end(): void {
    this.ended = true;
    clearTimeout(this.timer);
  }

  /** As of `Line`: `acked` gets what the server acknowledges with, at most once. */
  send(event: string, body: unknown, acked: Acked): void {
    if (event === "join") [this.join, this.joinAcked] = [body as Sync["join"], acked];
    else if (event === "heartbeat") this.beats.push(acked);
    else this.parcels.push(parcel(event, body, acked));
    setTimeout(() => void this.deliver(), GATHER_MS);
  }

  private async deliver(): Promise<void> {
    const join = this.join;
    if (this.under || this.ended || join === null) return;
    const load = this.load();
    const [joinAcked, beats] = [this.joinAcked, this.beats];
    if (load.length + beats.length === 0 && joinAcked === null) return;
    [this.under, this.joinAcked, this.beats] = [true, null, []];
    try {
      const events = load.flatMap((each) => each.events);
      const body: Sync = { client: this.options.client, join, events };
      const synced = await this.ask<Synced>(`attempts/${this.attempt}/sync`, body);
      if (!this.ended) this.take(synced, load, joinAcked, beats);
    } catch (error) {
      if (!this.ended) this.returned(error, load, joinAcked);
    } finally {
      this.under = false;
    }
    const more = this.parcels.length + this.beats.length > 0 || this.joinAcked !== null;
    if (more) void this.deliver();
  }

  /** What goes now: whole parcels, as many as a request may hold. */
  private load(): Parcel[] {
    let [count, events, bytes] = [0, 0, 0];
    for (const each of this.parcels) {
      events += each.events.length;
      bytes += each.bytes;
      if ((events > EVENTS_MAX || bytes > EVENTS_BYTES_MAX) && count > 0) break;
      count += 1;
    }
    return this.parcels.splice(0, count);
  }

  private take(synced: Synced, load: Parcel[], joinAcked: Acked | null, beats: Acked[]): void {
    const joined = synced.joined ?? null;
    const answer = joined ?? synced.refused;
    if (joined && this.join) this.join = { ...this.join, lease: joined.lease };
    joinAcked?.(answer);
    for (const beat of beats) beat(joined ? heartbeat(joined) : answer);
    const acks = synced.acks ?? [];
    if (acks.length === 0 && load.length > 0) {
      this.lose(); // refused without a seat: what was sent is asked about anew, after a join
      return;
    }
    let at = 0;
    for (const each of load) {
      const mine = acks.slice(at, at + each.events.length);
      at += each.events.length;
      each.acked(each.seqs ? { ok: true, results: results(mine, each.seqs) } : plain(mine[0]));
    }
    if (joined) this.tell(joined);
  }

  /** What a socket would have been told meanwhile. A state that has changed, or a clock that was
   * stopped with its exam, is learnt, with all that goes with it, by joining anew. */
  private tell(joined: Joined): void {
    for (const notice of joined.notices as Notice[]) {
      if (!this.told.has(notice.id)) this.events.heard("notice", notice);
      this.told.add(notice.id);
    }
    const before = this.state;
    this.state = `${joined.state} ${joined.times.paused_since ?? ""}`;
    if (before !== "" && before !== this.state) this.lose();
  }

  /** What no request can hold is refused by itself, as it would be in a message of a socket; any
   * other failure is one of the connection. */
  private returned(error: unknown, load: Parcel[], joinAcked: Acked | null): void {
    const problem = error instanceof Undelivered ? error.problem : null;
    if ((problem as { code?: unknown } | null)?.code !== "too_large" || load.length === 0) {
      this.fail(error);
      return;
    }
    this.joinAcked ??= joinAcked;
    for (const each of load) each.acked({ ok: false, problem });
  }

  private fail(error: unknown): void {
    this.end();
    if (error instanceof Undelivered && error.problem !== null) this.events.refused(error.problem);
    else this.events.lost();
  }

  private lose(): void {
    if (this.ended) return;
    this.end();
    this.events.lost();
  }

  private async ask<T>(path: string, body?: unknown): Promise<T> {
    const response = await fetch(new URL(path, base(this.options.url)), {
      method: body === undefined ? "GET" : "POST",
      headers: {
        authorization: `Bearer ${this.options.token}`,
        ...(body !== undefined && { "content-type": "application/json" }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(PATIENCE_MS),
    }).catch(() => null);
    const read: unknown = await response?.json().catch(() => null);
    if (!response?.ok) throw new Undelivered(response ? (read ?? null) : null);
    return read as T;
  }
}

function base(url: string | URL): URL {
  const found = new URL(url);
  if (!found.pathname.endsWith("/")) found.pathname += "/";
  return found;
}

function parcel(event: string, body: unknown, acked: Acked): Parcel {
  const list = Array.isArray(body) ? (body as { seq: number }[]) : null;
  const events = (list ?? [body]).map((each) => ({ [event]: each }) as SyncEvent);
  const bytes = new TextEncoder().encode(JSON.stringify(events)).length;
  return { events, bytes, seqs: list?.map((each) => each.seq) ?? null, acked };
}

/** The one ack that is there. */
function plain(ack: SyncAck | undefined): unknown {
  return ack?.started ?? ack?.answer ?? ack?.command ?? ack?.refused;
}

/** As the acks of a list of answers: one result per entry, in order. */
function results(acks: SyncAck[], seqs: number[]): unknown[] {
  return acks.map((ack, at) => ({ seq: seqs[at], ...(plain(ack) as object) }));
}

function heartbeat(joined: Joined): unknown {
  const { times, rev, durable } = joined;
  return { ok: true, server_time: times.server_time, rev, durable, deadline: times.deadline };
}
