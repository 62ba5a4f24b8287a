/** One tab of a browser writes an attempt: Web Locks, or a BroadcastChannel on plain http. */
import { makeId } from "./ids";

/** How long other tabs have to answer that they write; they need a turn of their event loop. */
export const ANSWER_MS = 300;
const ASK_AGAIN_MS = 3_000;

/** What this device offers; tests hand in their own. */
export interface Tabs {
  locks?: LockManager | undefined;
  channel?: ((name: string) => BroadcastChannel) | undefined;
}

/** `gained`: this tab writes from now on. `lost`: another tab has taken it. `unsure`: this browser
 * can do neither, so it writes and says that it cannot tell. */
export interface WriterEvents {
  gained(how: "sure" | "unsure"): void;
  waiting(): void;
  /** Stop. `mayWrite`: the other one waits until this resolves, so the last words can be written
   * down; otherwise it has begun already, and a write would undo its own. */
  lost(mayWrite: boolean): Promise<void>;
}

export interface Writer {
  /** Take it from the tab that has it. */
  steal(): void;
  release(): void;
}

/** Ask to be the one tab; the events say what came of it. */
export function becomeWriter(name: string, tabs: Tabs, events: WriterEvents): Writer {
  if (tabs.locks) return new ByLock(name, tabs.locks, events);
  if (tabs.channel) return new ByChannel(tabs.channel(name), events);
  queueMicrotask(() => events.gained("unsure"));
  return { steal: () => undefined, release: () => undefined };
}

class ByLock implements Writer {
  private release_: () => void = () => undefined;
  private readonly gone = new AbortController();

  constructor(
    private readonly name: string,
    private readonly locks: LockManager,
    private readonly events: WriterEvents,
  ) {
    void this.begin();
  }

  private async begin(): Promise<void> {
    const taken = await this.request({ ifAvailable: true });
    if (taken || this.gone.signal.aborted) return;
    this.events.waiting();
    await this.request({ signal: this.gone.signal });
  }

  /** Hold the lock until released or stolen; false if it was not to be had. */
  private async request(options: LockOptions): Promise<boolean> {
    let held = false;
    try {
      return await this.locks.request(this.name, options, async (lock) => {
        if (lock === null) return false;
        if (this.gone.signal.aborted) return true;
        held = true;
        this.events.gained("sure");
        await new Promise<void>((resolve) => {
          this.release_ = resolve;
        });
        return true;
      });
    } catch {
      if (this.gone.signal.aborted) return true;
      if (!held) return false; // aborted while waiting: `steal` goes on
      await this.events.lost(false);
      void this.request({ signal: this.gone.signal }); // in line again
      return true;
    }
  }

  steal(): void {
    void this.request({ steal: true });
  }

  release(): void {
    this.gone.abort();
    this.release_();
  }
}

type Said = { from: string; say: "asks" | "writes" | "takes" | "free" };

class ByChannel implements Writer {
  private readonly me = makeId();
  private writes = false;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly channel: BroadcastChannel,
    private readonly events: WriterEvents,
  ) {
    channel.onmessage = (message: MessageEvent<Said>) => this.hear(message.data);
    this.ask();
  }

  private ask(): void {
    clearTimeout(this.timer);
    this.say("asks");
    this.timer = setTimeout(() => this.gain(), ANSWER_MS);
  }

  private gain(): void {
    this.writes = true;
    this.say("writes");
    this.events.gained("sure");
  }

  private hear(said: Said): void {
    if (said.say === "takes" && this.writes) void this.yield_();
    else if (said.say === "asks" && this.writes) this.say("writes");
    else if (said.say === "asks" && this.timer && said.from < this.me) this.stand();
    else if (said.say === "writes" && this.writes && said.from < this.me) void this.yield_();
    else if (said.say === "writes" && !this.writes) this.stand();
    else if (said.say === "free" && !this.writes) this.ask();
  }

  /** Another tab has it, or was first to ask: wait, and ask again, for tabs can crash. */
  private stand(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.ask(), ASK_AGAIN_MS);
    this.events.waiting();
  }

  private async yield_(): Promise<void> {
    this.writes = false;
    await this.events.lost(true);
    this.say("free");
    this.timer = setTimeout(() => this.ask(), ASK_AGAIN_MS);
  }

  steal(): void {
    clearTimeout(this.timer);
    this.say("takes"); // whoever writes lets go and says `free`, which makes us ask
    this.timer = setTimeout(() => this.ask(), ANSWER_MS);
  }

  release(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.writes) this.say("free");
    this.writes = false;
    this.channel.close();
  }

  private say(say: Said["say"]): void {
    this.channel.postMessage({ from: this.me, say } satisfies Said);
  }
}
