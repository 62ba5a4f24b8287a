/** A client's life (pure): idle, connecting, syncing, live, offline, closed. It is told what
 * happens and when, and returns what to do: dial, hang up, send. Whoever owns it does that, and
 * calls `tick` at `nextAt`. The rules are in loadtest/client/README.md. */
import type { HeartbeatAck, Joined, Rev } from "protocol";
import type { ConnectionState } from "../types";
import { delayMs } from "./backoff";
import { ServerClock } from "./clock";
import { JOIN, SUBMIT } from "./entry";
import { CLOSED_STATES, EPOCH_JITTER_MS, Exchange, type Outcome, type Send } from "./exchange";
import { Heart } from "./heart";
import { OLDEST, join, nameEpoch } from "./joining";
import { readNews } from "./news";
import type { Outbox } from "./outbox";
import { type Trouble, type Verdict, readTrouble } from "./replies";
import * as seeing from "./seen";

/** A dial nobody has reported on for so long is given up. */
export const DIAL_TIMEOUT_MS = 20_000;
/** Refused a lease, but not the connection: what was acked here before is still looked after. */
const LOOKS_ON: readonly string[] = ["lease_lost", "takeover_pending", "takeover_refused"];

export type Action = { do: "dial" } | { do: "hang_up" } | Send;

/** One attempt on one client instance. `draw` returns random numbers in [0, 1), `makeId` ids that
 * no other client makes. `stays`: the connection is kept when all is over and durable, for news of
 * results and of a reopened attempt. */
export class Session {
  readonly clock = new ServerClock();
  readonly exchange: Exchange;
  state: ConnectionState = "idle";
  /** Why it is closed, or why it has to wait: a state, or a problem's code. */
  reason = "";
  visible = true;
  awaySince: number | null = null;
  private connectedNow = false;
  private dialling = false;
  private barred = false;
  private lostLease = "";
  private epoch = 0;
  private dials = 0;
  private dialAt: number | null = null;
  private hangUpAt: number | null = null;
  private readonly heart: Heart;

  constructor(
    readonly exam: string,
    readonly outbox: Outbox,
    readonly seen: seeing.Seen,
    private readonly draw: () => number,
    private readonly makeId: () => string,
    private readonly stays = false,
  ) {
    this.exchange = new Exchange(outbox, draw);
    this.heart = new Heart(draw);
  }

  /** Whether nothing is left to look after: all of it is durable, or refused. */
  get settled(): boolean {
    return this.state === "closed" && this.outbox.entries.length === 0;
  }

  /** Whether the candidate can change answers: online or not. */
  get writable(): boolean {
    const open = this.state !== "closed" && !seeing.isClosed(this.seen);
    return open && this.seen.started_at !== null && !this.outbox.find(SUBMIT);
  }

  /** Tries since the last acked join, and when the next one is due; null while one is made. */
  get tries(): { made: number; next_at: number | null } {
    return { made: this.dials, next_at: this.connectedNow || this.dialling ? null : this.dialAt };
  }

  /** Begin. */
  open(now: number): Action[] {
    this.awaySince = now;
    return this.dial(now);
  }

  /** The namespace is open: join, before anything else. */
  connected(now: number): Action[] {
    this.connectedNow = true;
    this.dialling = false;
    this.epoch = this.outbox.epoch;
    this.dialAt = null;
    if (this.state !== "closed") this.state = "syncing";
    join(this.outbox, this.exam, this.makeId, now);
    return this.turn(now);
  }

  /** The connection is gone, or could not be made. */
  disconnected(now: number, retryAfterMs: number | null = null): Action[] {
    this.connectedNow = this.dialling = false;
    this.awaySince ??= now;
    this.heart.stop();
    this.hangUpAt = this.dialAt = null;
    this.exchange.disconnected();
    if (this.state !== "closed") this.state = "offline";
    if (!this.barred && (this.stays || !this.settled)) {
      this.dialAt = now + delayMs(this.dials, this.draw(), retryAfterMs);
    }
    return [];
  }

  /** The connection was refused (`connect_error`), with this as its data. */
  refused(problem: unknown, now: number): Action[] {
    const trouble = readTrouble(problem);
    if (!trouble) return this.disconnected(now);
    if (!trouble.retry) {
      this.barred = true;
      this.close(trouble.code);
    } else if (this.state !== "closed") {
      this.reason = trouble.code;
    }
    return this.disconnected(now, trouble.retry_after_ms);
  }

  /** The network is back, says the device, or the candidate wants it: try at once. */
  online(now: number): Action[] {
    return this.dialAt !== null && !this.dialling ? this.dial(now) : [];
  }

  private dial(now: number): Action[] {
    this.dials += 1;
    this.dialAt = now + DIAL_TIMEOUT_MS;
    this.dialling = true;
    if (this.state !== "closed") this.state = "connecting";
    return [{ do: "dial" }];
  }

  /** Some time has passed; call it at `nextAt`. */
  tick(now: number): Action[] {
    if (this.hangUpAt !== null && this.hangUpAt <= now) {
      this.disconnected(now);
      return [{ do: "hang_up" }, ...this.dial(now)];
    }
    if (this.dialAt !== null && this.dialAt <= now) return this.dial(now);
    return this.turn(now);
  }

  /** When to call `tick` again; null if only news can change anything. */
  nextAt(now: number): number | null {
    const sends = this.connectedNow ? this.exchange.nextAt(now) : null;
    const times = [this.dialAt, this.hangUpAt, this.heart.at, sends].filter((at) => at !== null);
    return times.length > 0 ? Math.min(...times) : null;
  }

  /** Whatever can be sent now. */
  turn(now: number): Action[] {
    if (!this.connectedNow) return [];
    if (this.exchange.joinOverdue(now) || this.exchange.silence.tooLong(now)) {
      return [{ do: "hang_up" }, ...this.disconnected(now)];
    }
    this.followEpoch(now);
    const actions: Action[] = [...this.exchange.flush(now)];
    if (this.heart.isDue(now)) actions.push(this.beat(now));
    if (this.settled && !this.stays) {
      this.connectedNow = false;
      this.heart.stop();
      actions.push({ do: "hang_up" });
    }
    return actions;
  }

  /** A heartbeat at once, if any are sent: the device has slept, or is seen again. */
  beatSoon(now: number): Action[] {
    this.heart.hurry(now);
    return this.turn(now);
  }

  /** A new life of the server's data may have lost our lease: join again before the rest. */
  private followEpoch(now: number, afterMs: number | null = null): void {
    if (this.outbox.epoch <= this.epoch || this.exchange.lost) return;
    this.epoch = this.outbox.epoch;
    const wait = afterMs ?? Math.floor(this.draw() * EPOCH_JITTER_MS);
    join(this.outbox, this.exam, this.makeId, now + wait);
  }

  private beat(now: number): Send {
    this.heart.beaten(now, this.seen.heartbeat_period_s);
    const rtt_ms = this.clock.rttMs === null ? null : Math.round(this.clock.rttMs);
    const body = { pending: this.outbox.pending(), rtt_ms, visible: this.visible };
    return this.exchange.plain("heartbeat", body, now);
  }

  /** The server has sent an event. */
  heard(event: string, body: unknown, now: number): Action[] {
    this.exchange.silence.heard();
    const news = readNews(event, body);
    if (!news) return this.turn(now);
    seeing.heard(this.seen, news);
    if (news.event === "replay") {
      this.outbox.learnEpoch(news.body.epoch, now + news.body.after_ms);
      this.followEpoch(now, news.body.after_ms);
    } else if (news.event === "lease_lost") {
      if (news.body.lease >= this.outbox.lease) this.loseLease(news.body.lease);
    } else if (news.event === "draining") {
      this.hangUpAt = now + news.body.reconnect_in_ms;
    } else if (news.event === "closed") {
      this.close(news.body.state);
    } else if (news.event === "reopened") {
      this.live();
      this.outbox.hurry();
    } else if (news.event === "resumed") {
      this.outbox.hurry();
    }
    return this.turn(now);
  }

  /** The ack of a send: any JSON, judged here. */
  replied(ticket: number, reply: unknown, now: number): Action[] {
    const sentAt = this.exchange.sentAt(ticket) ?? now;
    for (const outcome of this.exchange.replied(ticket, reply, now)) {
      this.take(outcome, sentAt, now);
    }
    return this.turn(now);
  }

  private take(outcome: Outcome, sentAt: number, now: number): void {
    if ("trouble" in outcome) {
      this.troubled(outcome.event, outcome.trouble, outcome.verdict, now);
      return;
    }
    const { acked, event } = outcome;
    seeing.acked(this.seen, acked, event, outcome.entry);
    if (acked.kind === "joined") {
      const { server_time } = acked.ack.times;
      if (server_time) this.clock.heard(server_time, sentAt, now);
      this.joined(acked.ack, now);
    } else if (acked.kind === "started") {
      this.exchange.started = true;
    } else if (acked.kind === "beat") {
      this.clock.heard(acked.ack.server_time, sentAt, now);
      this.hearDurable(acked.ack, now);
    } else if (event === SUBMIT) {
      this.close("submitted");
    }
  }

  private joined(ack: Joined, now: number): void {
    this.dials = 0;
    this.awaySince = null;
    this.epoch = Math.max(this.epoch, ack.rev[0]);
    this.exchange.started ||= this.seen.started_at !== null;
    this.hearDurable(ack, now);
    this.heart.start(now, this.seen.heartbeat_period_s); // it tells what is durable, and of epochs
    if (seeing.isClosed(this.seen)) this.close(ack.state);
    else if (!this.exchange.lost || ack.lease > this.lostLease) this.live();
  }

  private hearDurable(ack: Joined | HeartbeatAck, now: number): void {
    const soon = now + Math.floor(this.draw() * EPOCH_JITTER_MS);
    this.outbox.learnEpoch(ack.rev[0], soon);
    this.outbox.durable(ack.durable as Rev);
    nameEpoch(this.outbox, this.exam, this.makeId, ack.rev as Rev, soon);
  }

  private troubled(event: string, trouble: Trouble, verdict: Verdict, now: number): void {
    const { code } = trouble;
    if (event === JOIN && LOOKS_ON.includes(code)) {
      this.awaySince = null;
      this.heart.start(now, this.seen.heartbeat_period_s);
    }
    if (code === "lease_lost" && event === JOIN) this.loseLease(this.outbox.lease);
    else if (event === JOIN && verdict === "final") this.close(code);
    else if (verdict === "rejoin" && !this.exchange.lost) {
      join(this.outbox, this.exam, this.makeId, now + delayMs(2, this.draw()));
    } else if (verdict === "reconnect") this.hangUpAt = now + delayMs(this.dials, this.draw());
    else if (event === JOIN) this.reason = code;
  }

  /** The candidate wants to go on here, on purpose, although another device has it now. */
  takeOver(now: number): Action[] {
    join(this.outbox, this.exam, this.makeId, now, { anew: true });
    this.state = this.connectedNow ? "syncing" : "offline";
    this.reason = "";
    this.exchange.lost = false;
    return this.connectedNow ? this.turn(now) : this.dial(now);
  }

  private close(reason: string): void {
    this.state = "closed";
    this.reason = reason;
    this.exchange.over = CLOSED_STATES.includes(reason);
  }

  /** Another device writes now. This one does not take it back by itself. */
  private loseLease(lease: string): void {
    this.outbox.relet(this.outbox.lease || OLDEST, 0);
    this.lostLease = lease > this.outbox.lease ? lease : this.outbox.lease;
    this.exchange.lost = true;
    this.close("lease_lost");
  }

  private live(): void {
    this.state = "live";
    this.reason = "";
    this.exchange.lost = false;
    this.exchange.over = false;
  }
}
