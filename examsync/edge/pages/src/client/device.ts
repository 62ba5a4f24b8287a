/** What an attempt needs of the device it runs on. `browser()` is the real one; tests and other
 * platforms hand in their own. */
import type { Tabs } from "./writer";

export interface Device {
  tabs: Tabs;
  indexedDB: IDBFactory | undefined;
  localStorage: Storage | undefined;
  /** ms since 1970 by the wall, which people set; and ms that only ever run on. */
  wall(): number;
  steady(): number;
  random(): number;
  hidden(): boolean;
  /** Tell of `online`, of a page that is shown or hidden, or of one that wakes. Returns how to
   * stop that. */
  listen(told: (what: "online" | "shown" | "hidden") => void): () => void;
}

export function browser(): Device {
  const channel = "BroadcastChannel" in globalThis;
  return {
    tabs: {
      locks: navigator.locks as LockManager | undefined, // missing on plain http
      channel: channel ? (name) => new BroadcastChannel(name) : undefined,
    },
    indexedDB: permitted(() => globalThis.indexedDB),
    localStorage: permitted(() => globalThis.localStorage),
    wall: () => Date.now(),
    steady: () => performance.now(),
    random: () => Math.random(),
    hidden: () => document.hidden,
    listen,
  };
}

/** Some browsers throw where cookies are refused. */
function permitted<T>(get: () => T): T | undefined {
  try {
    return get();
  } catch {
    return undefined;
  }
}

function listen(told: (what: "online" | "shown" | "hidden") => void): () => void {
  const gone = new AbortController();
  const options = { signal: gone.signal };
  addEventListener("online", () => told("online"), options);
  addEventListener("pageshow", () => told("shown"), options);
  addEventListener("focus", () => told("shown"), options);
  addEventListener("pagehide", () => told("hidden"), options);
  const seen = (): void => told(document.hidden ? "hidden" : "shown");
  document.addEventListener("visibilitychange", seen, options);
  return () => gone.abort();
}

/** A sleep, or a clock that was set, of less than this is no matter for a countdown. */
const JUMP_MS = 1_000;

/** This device's time: the wall's at the start, steady from there on. */
export class Steady {
  private readonly zero: number;
  private apart = 0;

  constructor(private readonly device: Pick<Device, "wall" | "steady">) {
    this.zero = device.wall() - device.steady();
  }

  now(): number {
    return Math.floor(this.zero + this.device.steady());
  }

  /** Whether wall and steady time have come apart since the last look: a sleep, or a set clock. */
  jumped(): boolean {
    const apart = this.device.wall() - this.zero - this.device.steady();
    const jumped = Math.abs(apart - this.apart) > JUMP_MS;
    if (jumped) this.apart = apart;
    return jumped;
  }
}
