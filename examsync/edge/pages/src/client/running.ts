/** A session at work in this tab: what it asks for is carried out, in order, and what must survive
 * a crash is written down first; what happens is told to it. `attempt` makes one whenever this tab
 * becomes the one that writes. */
import { Candidate } from "./core/candidate";
import type { Send } from "./core/exchange";
import { Outbox } from "./core/outbox";
import { type Seen, nothingSeen } from "./core/seen";
import { type Action, Session } from "./core/session";
import type { Device, Steady } from "./device";
import { instanceId, makeId } from "./ids";
import { Keeper } from "./keeper";
import { Line } from "./line";
import type { Kept, Storage } from "./storage";
import type { AttemptOptions } from "./types";

const CLIENT = { name: "examsync-web", version: "1" };

/** Where a session runs, and who is told that something has changed. */
export interface Place {
  options: AttemptOptions;
  device: Device;
  time: Steady;
  storage: Storage;
  key: string;
  changed: () => void;
}

export function sessionOn(
  { options, device }: Pick<Place, "options" | "device">,
  outbox: Outbox,
  seen: Seen,
): Session {
  return new Session(options.exam, outbox, seen, device.random, makeId, true);
}

export class Running {
  readonly session: Session;
  readonly keeper: Keeper;
  /** The number of the newest entry on the disk, and when the last answer got there. */
  written: number;
  savedAt: number | null;
  private readonly candidate: Candidate;
  private readonly line: Line;
  private answeredAt: number | null;
  /** Counts connections: what was meant for one that is gone is not sent on the next. */
  private call = 0;
  private outgoing: Promise<void> = Promise.resolve();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private ended = false;

  constructor(
    private readonly place: Place,
    kept: Kept | null,
  ) {
    const { options, device } = place;
    const outbox = new Outbox(kept?.outbox);
    this.session = sessionOn(place, outbox, kept?.seen ?? nothingSeen());
    this.session.visible = !device.hidden();
    this.candidate = new Candidate(this.session, makeId);
    const subject = { changes: () => outbox.changes, kept: () => this.kept() };
    this.keeper = new Keeper(place.storage, place.key, subject);
    this.written = outbox.kept.number;
    this.savedAt = this.answeredAt = kept?.at ? kept.at : null;
    this.line = new Line(
      {
        url: options.url,
        namespace: "/exam",
        exam: options.exam,
        getToken: options.getToken,
        client: { ...CLIENT, ...options.client, instance: instanceId(device.localStorage) },
        now: () => this.serverNow(),
      },
      {
        connected: (bytesMax) =>
          this.hears((session, now) => {
            session.outbox.bytesMax = bytesMax;
            return session.connected(now);
          }),
        refused: (problem) => this.hears((session, now) => session.refused(problem, now)),
        lost: () => this.hears((session, now) => session.disconnected(now)),
        heard: (event, body) => this.hears((session, now) => session.heard(event, body, now)),
      },
    );
  }

  serverNow(): number {
    return this.session.clock.serverNow(this.place.time.now());
  }

  open(): void {
    this.hears((session, now) => session.open(now));
  }

  /** The candidate does something. Raises NotTaken. */
  does(act: (candidate: Candidate, now: number) => Action[]): void {
    if (!this.ended) this.do(act(this.candidate, this.place.time.now()));
  }

  /** The session is told something. */
  hears(tell: (session: Session, now: number) => Action[]): void {
    if (this.ended) return;
    const live = this.session.state === "live";
    this.do(tell(this.session, this.place.time.now()));
    if (!live && this.session.state === "live") this.line.planRenewal();
  }

  /** An answer was given, to be shown as saved here once it is written. */
  answered(): void {
    this.answeredAt = this.place.time.now();
  }

  /** The page is seen or not, or the device is back on a network. */
  told(what: "online" | "shown" | "hidden"): void {
    this.session.visible = what === "hidden" ? false : !this.place.device.hidden();
    if (this.place.time.jumped()) this.session.clock.doubt();
    this.hears((session, now) => [
      ...(what === "hidden" ? [] : session.online(now)),
      ...session.beatSoon(now),
    ]);
  }

  /** Nothing happens here after this. `mayWrite`: but the last words are written down. */
  async end(mayWrite: boolean): Promise<void> {
    this.ended = true;
    this.call += 1;
    clearTimeout(this.timer);
    this.line.hangUp();
    this.session.disconnected(this.place.time.now());
    if (mayWrite) await this.keeper.write();
    this.keeper.stop();
  }

  /** What is written down. Of an attempt that is over and all durable, no answers stay here. */
  private kept(): Kept {
    const { seen, outbox, settled } = this.session;
    const rest = settled ? { ...seen, paper: null, order: null, held: {} } : seen;
    return { outbox: outbox.kept, seen: rest, at: this.answeredAt ?? 0 };
  }

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
    if (sends.length > 0 || !this.keeper.clean) this.post(sends);
    this.schedule();
    this.place.changed();
  }

  /** Write down, then send, behind what is being written and sent already. */
  private post(sends: readonly Send[]): void {
    const { call } = this;
    const posted = async (): Promise<void> => {
      const { number } = this.session.outbox.kept;
      const at = this.answeredAt;
      await this.keeper.write();
      if (this.ended) return;
      if (this.keeper.kind === "disk") [this.written, this.savedAt] = [number, at];
      this.place.changed();
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
    const now = this.place.time.now();
    const at = this.session.nextAt(now);
    if (at !== null) this.timer = setTimeout(() => this.tick(), Math.max(at - now, 0));
  }

  private tick(): void {
    const jumped = this.place.time.jumped();
    if (jumped) this.session.clock.doubt();
    this.hears((session, now) => [
      ...session.tick(now),
      ...(jumped ? session.beatSoon(now) : []),
    ]);
  }
}
