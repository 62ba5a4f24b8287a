/** When the next heartbeat is due (pure): every period, give or take a tenth, so that clients who
 * joined together do not beat together. */

export class Heart {
  /** Null: none are sent. */
  at: number | null = null;

  constructor(private readonly draw: () => number) {}

  /** Begin, somewhere within a first period, unless it beats already. */
  start(now: number, period_s: number): void {
    this.at ??= now + Math.floor(period_s * 1_000 * this.draw());
  }

  /** One is sent now. */
  beaten(now: number, period_s: number): void {
    this.at = now + Math.floor(period_s * 1_000 * (0.9 + 0.2 * this.draw()));
  }

  stop(): void {
    this.at = null;
  }

  /** The next one at once. */
  hurry(now: number): void {
    if (this.at !== null) this.at = now;
  }

  isDue(now: number): boolean {
    return this.at !== null && this.at <= now;
  }
}
