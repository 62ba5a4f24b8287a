/** Sends and their replies (pure): tickets for what is on the wire, the outbox kept right. What a
 * reply means for the whole client goes back to the session. */
import type { Joined } from "protocol";
import { delayMs } from "./backoff";
import { ANSWER, type Entry, JOIN, START, SUBMIT, type Stamp } from "./entry";
import { fits, isSaved, payloadOf, stampOf } from "./entry";
import { known } from "./joining";
import type { Outbox } from "./outbox";
import type { Acked, Reply, Trouble, Verdict } from "./replies";
import { counts, read, readList, verdict } from "./replies";
import * as sending from "./sending";
import { Silence } from "./silence";

/** Tickets of sends whose ack never came stay for a late one, but not without end. */
export const TICKETS_MAX = 1_024;
/** How far clients spread who learn of a new epoch by themselves, without being told when. */
export const EPOCH_JITTER_MS = 2_000;
export const CLOSED_STATES: readonly string[] = ["absent", "expired", "submitted", "terminated"];

/** To be sent as `event`, with an ack; the reply is handed in with `ticket`. */
export interface Send {
  do: "send";
  ticket: number;
  event: string;
  body: unknown;
}

/** What the session has to know of a reply: the ack, or the problem and what to do. */
export type Outcome =
  | { event: string; acked: Acked; entry: Entry | null }
  | { event: string; trouble: Trouble; verdict: Verdict };

interface Sent {
  event: string;
  stamps: Stamp[];
  listed: boolean;
  at: number;
}

/** Told of every acked entry, for records that tests keep. */
export type Noted = (entry: Entry, acked: Acked) => void;

/** What is on the wire of one connection after the other. `draw`: random numbers in [0, 1). */
export class Exchange {
  started: boolean;
  lost = false;
  over = false;
  noted: Noted = () => undefined;
  readonly silence = new Silence();
  private tickets = new Map<number, Sent>();
  private next = 1;

  constructor(
    private readonly outbox: Outbox,
    private readonly draw: () => number,
  ) {
    this.started = outbox.entries.some((entry) => entry.event === START && isSaved(entry));
  }

  // --- out

  /** Send what is due, and again what was not answered in time. */
  flush(now: number): Send[] {
    for (const entry of sending.overdue(this.outbox.entries, now)) {
      this.unanswered(stampOf(entry), now);
    }
    const due = sending.due(this.outbox.entries, now).filter((each) => !this.tooLarge(each));
    return sending.batches(due).map((batch) => this.send(batch, now));
  }

  /** Whether this answer is refused, here: no message can hold it, and a server would end the
   * connection over it each time it came. */
  private tooLarge(entry: Entry): boolean {
    const most = this.outbox.bytesMax;
    if (entry.event !== ANSWER || most === null) return false;
    const size = sending.bytesOver(entry, most);
    if (size === 0) return false;
    const detail = `It takes ${size} bytes, and a message ${most} at most: make it shorter.`;
    this.outbox.refuse(stampOf(entry), "too_large", detail);
    return true;
  }

  /** Whether a join was not answered in time: only a new connection makes sure of it. Sent again
   * on the same one, the two could be carried out apart, under different leases, with answers in
   * between that the server saves under another lease than we think. */
  joinOverdue(now: number): boolean {
    return sending.overdue(this.outbox.entries, now).some((entry) => entry.event === JOIN);
  }

  /** When there is something to do again, if nothing comes in before. */
  nextAt(now: number): number | null {
    const times = [sending.nextAt(this.outbox.entries, now), this.silence.endsAt];
    const known = times.filter((at) => at !== null);
    return known.length > 0 ? Math.min(...known) : null;
  }

  /** Send something that is not kept: a heartbeat. */
  plain(event: string, body: unknown, now: number): Send {
    return this.ticket({ event, stamps: [], listed: false, at: now }, body);
  }

  /** The connection is gone, and with it every reply that was to come. */
  disconnected(): void {
    this.tickets.clear();
    this.silence.heard();
    this.outbox.disconnected();
  }

  private send(batch: Entry[], now: number): Send {
    sending.sent(batch, now);
    const event = batch[0]?.event ?? "";
    const payloads = batch.map((entry) => this.payload(entry));
    const listed = batch.length > 1;
    const sent = { event, stamps: batch.map(stampOf), listed, at: now };
    return this.ticket(sent, listed ? payloads : payloads[0]);
  }

  /** Submit and join name what is held and known when they go, not when they were made. */
  private payload(entry: Entry): Record<string, unknown> {
    return {
      ...payloadOf(entry),
      ...(entry.event === JOIN && known(this.outbox, entry)),
      ...(entry.event === SUBMIT && { holds: this.outbox.holds() }),
    };
  }

  private ticket(sent: Sent, body: unknown): Send {
    const ticket = this.next++;
    this.silence.asked(sent.at);
    this.tickets.set(ticket, sent);
    if (this.tickets.size > TICKETS_MAX) {
      for (const oldest of this.tickets.keys()) {
        this.tickets.delete(oldest);
        break;
      }
    }
    return { do: "send", ticket, event: sent.event, body };
  }

  // --- back

  /** When this ticket's event was sent; null if it is over. */
  sentAt(ticket: number): number | null {
    return this.tickets.get(ticket)?.at ?? null;
  }

  /** Take a reply; the first to a ticket counts. Returns what the session has to know. */
  replied(ticket: number, reply: unknown, now: number): Outcome[] {
    this.silence.heard();
    const sent = this.tickets.get(ticket);
    this.tickets.delete(ticket);
    if (!sent) return [];
    const [stamp] = sent.stamps;
    if (!stamp) return this.plainReply(sent.event, read(sent.event, reply));
    if (!sent.listed) return this.settle(sent.event, stamp, read(sent.event, reply), now);
    const replies = readList(reply, sent.stamps.length);
    if (replies !== null && !Array.isArray(replies)) return this.listRefused(sent, replies, now);
    return sent.stamps.flatMap((each, at) => this.settle(ANSWER, each, replies?.[at] ?? null, now));
  }

  private plainReply(event: string, reply: Reply): Outcome[] {
    if (reply === null) return [];
    if (reply.kind !== "trouble") return [{ event, acked: reply, entry: null }];
    return [{ event, trouble: reply.trouble, verdict: this.judge(reply.trouble, event, false) }];
  }

  private judge(trouble: Trouble, event: string, replay: boolean, entry?: Entry): Verdict {
    const { code } = trouble;
    if (!replay && this.lost && (code === "not_joined" || code === "lease_lost")) {
      return "final"; // another device has the attempt: joining again is not for us
    }
    if (!replay && code === "lease_lost" && entry) {
      // A closed attempt gives no lease, however often we join ...
      if (this.over && entry.doubted) return "final";
      entry.doubted = this.over; // ... or the server has lost the close: join, then ask again.
    }
    return verdict(trouble, event, { replay, started: this.started });
  }

  /** One problem for a whole list. If it is final, one bad entry may have spoilt it for the
   * others: they go again, each alone. */
  private listRefused(sent: Sent, whole: Trouble, now: number): Outcome[] {
    let trouble = whole;
    if (this.judge(trouble, ANSWER, false) === "final") {
      for (const entry of this.outbox.entries) {
        if (sent.stamps.some((stamp) => fits(stamp, entry))) entry.alone = true;
      }
      trouble = { ...trouble, retry: true, retry_after_ms: null, data: {} };
    }
    return sent.stamps.flatMap((stamp) =>
      this.settle(ANSWER, stamp, { kind: "trouble", trouble }, now),
    );
  }

  /** One entry's reply: into the outbox. */
  private settle(event: string, stamp: Stamp, reply: Reply, now: number): Outcome[] {
    if (reply === null) {
      this.unanswered(stamp, now);
      return [];
    }
    if (reply.kind === "trouble") return this.trouble(event, stamp, reply.trouble, now);
    if (reply.kind === "joined" && !this.relet(reply.ack, now)) {
      this.unanswered(stamp, now);
      return [];
    }
    return [{ event, acked: reply, entry: this.acked(stamp, reply, now) }];
  }

  /** False: the lease is older than ours, and the ack to be ignored. */
  private relet(ack: Joined, now: number): boolean {
    this.outbox.learnEpoch(ack.rev[0], now);
    return this.outbox.relet(ack.lease, ack.seq) || CLOSED_STATES.includes(ack.state);
  }

  private acked(stamp: Stamp, reply: Acked, now: number): Entry | null {
    if (reply.kind === "beat") return null;
    const { rev, receipt } = reply.ack;
    const entry = this.outbox.acked(stamp, rev, receipt || null, {
      counts: reply.kind !== "answered" || counts(reply.ack),
      replayAt: now + Math.floor(this.draw() * EPOCH_JITTER_MS),
    });
    if (entry) this.noted(entry, reply);
    return entry;
  }

  /** A problem with one entry. A late one, over a version that is gone or a send that was acked
   * another time, says nothing any more. */
  private trouble(event: string, stamp: Stamp, trouble: Trouble, now: number): Outcome[] {
    const entry = this.outbox.at(stamp);
    if (!entry || (isSaved(entry) && !stamp.replay)) return [];
    const todo = this.judge(trouble, event, stamp.replay, entry);
    if (todo === "final") {
      this.outbox.refuse(stamp, trouble.code, trouble.detail || trouble.title);
    } else if (todo === "restamp") {
      this.outbox.restamp(stamp, now);
    } else {
      this.unanswered(stamp, now, trouble.retry_after_ms);
    }
    if (trouble.code === "answers_missing") this.outbox.missing(trouble.data["items"] ?? []);
    return [{ event, trouble, verdict: todo }];
  }

  private unanswered(stamp: Stamp, now: number, retryAfterMs: number | null = null): void {
    const entry = this.outbox.at(stamp);
    if (!entry) return;
    this.outbox.unanswered(stamp, now + delayMs(entry.tries, this.draw(), retryAfterMs));
  }
}
