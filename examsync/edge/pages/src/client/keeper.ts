/** Writes an attempt down before anything in it is sent, one write at a time, the latest state. */
import type { Kept, Storage } from "./storage";
import { Memory } from "./storage";

/** What `Keeper` needs of an attempt: its state to write, and how many changes it has seen. */
export interface Subject {
  changes(): number;
  kept(): Kept;
}

export class Keeper {
  /** The `changes` that are on the disk. */
  written = -1;
  private running: Promise<void> | null = null;
  private stopped = false;

  constructor(
    private storage: Storage,
    private readonly key: string,
    private readonly subject: Subject,
  ) {}

  /** `memory` also once the disk has refused a write. */
  get kind(): "disk" | "memory" {
    return this.storage.kind;
  }

  /** Whether all of it is written. */
  get clean(): boolean {
    return this.written >= this.subject.changes();
  }

  /** Write nothing more: another tab writes from now on. */
  stop(): void {
    this.stopped = true;
  }

  /** Resolves when everything up to now is written, or the disk has refused. Never rejects. */
  async write(): Promise<void> {
    const wanted = this.subject.changes();
    while (this.written < wanted && !this.stopped) {
      this.running ??= this.once().finally(() => {
        this.running = null;
      });
      await this.running;
    }
  }

  private async once(): Promise<void> {
    const changes = this.subject.changes();
    const kept = this.subject.kept(); // `put` copies it at once: the state of this moment
    try {
      await this.storage.put(this.key, kept);
    } catch {
      // Full, or taken away: better sent from memory than not at all, and the view says so.
      this.storage = new Memory();
      await this.storage.put(this.key, kept);
    }
    this.written = changes;
  }
}
