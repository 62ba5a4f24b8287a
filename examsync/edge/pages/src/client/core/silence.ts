/** Whether the other end still says anything (pure): a server that went without a word looks like
 * one that is slow, for as long as TCP believes in it. */

/** As long as an ack may take. Storage that is away is no reason for silence: the server says so
 * within two seconds. Heartbeats go every ten, so it is noticed within twenty, and not after 45. */
export const SILENCE_MAX_MS = 10_000;

/** Since when something is awaited on this connection and nothing at all was heard. */
export class Silence {
  private since: number | null = null;

  /** Something was sent that will be acked. */
  asked(now: number): void {
    this.since ??= now;
  }

  /** Anything came in, or the connection is another one. */
  heard(): void {
    this.since = null;
  }

  /** When it will have lasted too long; null while nothing is awaited. */
  get endsAt(): number | null {
    return this.since === null ? null : this.since + SILENCE_MAX_MS;
  }

  /** Whether the connection is to be given up. */
  tooLong(now: number): boolean {
    return this.endsAt !== null && this.endsAt <= now;
  }
}
