/** A device for tests: its own disk, clock and locks, and a page that is shown or hidden. */
import { IDBFactory } from "fake-indexeddb";
import type { Device } from "../../src/client/device";

interface Waiting {
  name: string;
  grant: () => void;
}

/** The lock manager of one browser, as far as the client uses it: exclusive locks. */
export class Locks {
  private readonly held = new Map<string, () => void>();
  private waiting: Waiting[] = [];

  readonly manager = {
    request: (name: string, options: LockOptions, run: (lock: Lock | null) => unknown) =>
      this.request(name, options, run),
  } as unknown as LockManager;

  private async request(
    name: string,
    options: LockOptions,
    run: (lock: Lock | null) => unknown,
  ): Promise<unknown> {
    if (options.steal) this.held.get(name)?.();
    if (this.held.has(name) && options.ifAvailable) return run(null);
    while (this.held.has(name)) await this.turn(name, options.signal);
    const stolen = new Promise((_, reject) => {
      this.held.set(name, () => {
        this.held.delete(name);
        reject(new DOMException("stolen", "AbortError"));
      });
    });
    const mine = this.held.get(name);
    try {
      return await Promise.race([run({ name, mode: "exclusive" }), stolen]);
    } finally {
      if (this.held.get(name) === mine) this.free(name);
    }
  }

  private turn(name: string, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const waiting = { name, grant: resolve };
      this.waiting.push(waiting);
      signal?.addEventListener("abort", () => {
        this.waiting = this.waiting.filter((other) => other !== waiting);
        reject(new DOMException("gone", "AbortError"));
      });
    });
  }

  private free(name: string): void {
    this.held.delete(name);
    const next = this.waiting.find((waiting) => waiting.name === name);
    this.waiting = this.waiting.filter((waiting) => waiting !== next);
    next?.grant();
  }
}

export interface Rig {
  device: Device;
  tell: (what: "online" | "shown" | "hidden") => void;
  clock: { wall: number; steady: number };
}

/** A tab; those with the same disk and locks are tabs of one browser. */
export function rig(more: Partial<Device> = {}): Rig {
  const clock = { wall: 1_700_000_000_000, steady: 0 };
  const listeners = new Set<(what: "online" | "shown" | "hidden") => void>();
  const device: Device = {
    tabs: { locks: new Locks().manager },
    indexedDB: new IDBFactory(),
    localStorage: undefined,
    wall: () => clock.wall,
    steady: () => clock.steady,
    random: () => 0.5,
    hidden: () => false,
    listen: (told) => {
      listeners.add(told);
      return () => listeners.delete(told);
    },
    ...more,
  };
  return { device, clock, tell: (what) => listeners.forEach((told) => told(what)) };
}

/** Wait until something holds; fails loudly after five seconds. */
export async function until(true_: () => boolean): Promise<void> {
  const end = Date.now() + 5_000;
  while (!true_()) {
    if (Date.now() > end) throw new Error(`it never came true: ${true_}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
